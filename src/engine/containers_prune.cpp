// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "engine/point_in_time.hpp"
#include "engine/system.hpp"

#include <algorithm>

namespace strata::engine {
namespace {

struct Wanted {
    Timestamp before = Timestamp::max();
    ListContainers list{.all = AllContainers::yes, .last = {}, .filters = {}};
};

Wanted parse(const std::vector<std::pair<std::string, std::string>>& filters)
{
    Wanted wanted;
    for (const auto& [key, value] : filters) {
        if (key == "until") {
            wanted.before = std::min(wanted.before, parse_point_in_time(value, now()));
        } else if (key == "label" || key == "label!") {
            wanted.list.filters.emplace_back(key, value);
        } else {
            throw Error{Errc::invalid_argument, fmt::format("invalid filter '{}'", key)};
        }
    }
    return wanted;
}

/// False if it has gone, or runs, meanwhile.
bool remove_if_stopped(Engine& engine, const Container& container)
{
    try {
        remove_container(engine, container.id, {});
        return true;
    } catch (const Error& error) {
        if (error.code() == Errc::not_found || error.code() == Errc::conflict) {
            return false;
        }
        throw;
    }
}

} // namespace

PrunedContainers prune_containers(Engine& engine,
                                  const std::vector<std::pair<std::string, std::string>>& filters)
{
    const Wanted wanted = parse(filters);
    PrunedContainers pruned;
    for (const Container& container : list_containers(engine, wanted.list)) {
        const bool is_old =
            Timestamp{std::chrono::nanoseconds{container.created_ns}} < wanted.before;
        if (container.state == container::State::running || !is_old) {
            continue;
        }
        const std::uint64_t written = container_size(engine, container).written;
        if (remove_if_stopped(engine, container)) {
            pruned.ids.push_back(container.id);
            pruned.reclaimed += written;
        }
    }
    return pruned;
}

} // namespace strata::engine
