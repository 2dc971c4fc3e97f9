// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/strings.hpp"
#include "container/alive.hpp"
#include "engine/containers.hpp"
#include "engine/engine.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <regex>
#include <set>

namespace strata::engine {
namespace {

using Filters = std::vector<std::pair<std::string, std::string>>;

/// Filters with one key are alternatives; different keys must all hold. (Labels must all hold,
/// too.)
class Filter {
public:
    Filter(store::Store& store, const container::ContainerStore& containers, const Filters& filters)
        : store_{store}, containers_{containers}
    {
        for (const auto& [key, value] : filters) {
            add(key, value);
        }
    }

    bool implies_all() const { return !states_.empty() || !exit_codes_.empty(); }

    bool matches(const Container& container) const
    {
        const auto any = [](const auto& wanted, auto&& holds) {
            return wanted.empty() || std::ranges::any_of(wanted, holds);
        };
        const auto all = [](const auto& wanted, auto&& holds) {
            return std::ranges::all_of(wanted, holds);
        };
        return container.created_ns < before_ && container.created_ns > since_ &&
               any(ids_, [&](const std::string& id) { return container.id.starts_with(id); }) &&
               any(names_, [&](const std::regex& name) { return matches_name(container, name); }) &&
               any(states_,
                   [&](const std::string& state) { return name_of(container.state) == state; }) &&
               any(exit_codes_,
                   [&](std::int64_t code) {
                       return container.state == container::State::exited &&
                              container.exit_code == code;
                   }) &&
               any(volumes_,
                   [&](const std::string& volume) { return uses_volume(container, volume); }) &&
               any(networks_,
                   [&](const std::string& network) { return network_of(container) == network; }) &&
               all(labels_,
                   [&](const std::string& label) { return has_label(container, label); }) &&
               std::ranges::none_of(
                   not_labels_,
                   [&](const std::string& label) { return has_label(container, label); }) &&
               (!images_ || images_->contains(container.image));
    }

private:
    void add(const std::string& key, const std::string& value)
    {
        if (key == "id") {
            ids_.push_back(value);
        } else if (key == "name") {
            names_.push_back(expression(value));
        } else if (key == "label") {
            labels_.push_back(value);
        } else if (key == "label!") {
            not_labels_.push_back(value);
        } else if (key == "status") {
            states_.push_back(checked_state(value));
        } else if (key == "exited") {
            exit_codes_.push_back(checked_code(value));
        } else if (key == "ancestor") {
            add_image(value);
        } else if (key == "before") {
            before_ = std::min(before_, containers_.get_as_written(value).created_ns);
        } else if (key == "since") {
            since_ = std::max(since_, containers_.get_as_written(value).created_ns);
        } else if (key == "volume") {
            volumes_.push_back(value);
        } else if (key == "network") {
            networks_.push_back(value);
        } else {
            throw Error{Errc::invalid_argument, fmt::format("invalid filter '{}'", key)};
        }
    }

    static std::regex expression(const std::string& text)
    {
        try {
            return std::regex{text};
        } catch (const std::regex_error&) {
            throw Error{Errc::invalid_argument,
                        fmt::format("invalid filter 'name={}': not a regular expression", text)};
        }
    }

    static std::string checked_state(const std::string& state)
    {
        constexpr std::array<std::string_view, 7> known = {
            "created", "restarting", "running", "removing", "paused", "exited", "dead"};
        if (std::ranges::find(known, state) == known.end()) {
            throw Error{Errc::invalid_argument, fmt::format("invalid filter 'status={}'", state)};
        }
        return state;
    }

    static std::int64_t checked_code(const std::string& text)
    {
        const auto code = parse_integer<std::int64_t>(text);
        if (!code) {
            throw Error{
                Errc::invalid_argument,
                fmt::format(
                    "invalid filter 'exited={}': strconv.Atoi: parsing \"{}\": invalid syntax",
                    text, text)};
        }
        return *code;
    }

    /// The image and all that were made from it.
    void add_image(const std::string& name)
    {
        if (!images_) {
            images_.emplace();
        }
        const auto image = store_.images().find_as_written(name);
        std::vector<oci::ImageId> todo;
        if (image) {
            todo.push_back(image->id);
        }
        while (!todo.empty()) {
            const oci::ImageId id = todo.back();
            todo.pop_back();
            if (images_->insert(id).second) {
                for (const oci::ImageId& child : store_.images().children(id)) {
                    todo.push_back(child);
                }
            }
        }
    }

    static bool matches_name(const Container& container, const std::regex& name)
    {
        return std::regex_search(container.name, name) ||
               std::regex_search('/' + container.name, name);
    }

    static bool has_label(const Container& container, const std::string& wanted)
    {
        const auto parts = split_once(wanted, '=');
        const auto found = container.config.labels.find(parts ? std::string{parts->first} : wanted);
        return found != container.config.labels.end() && (!parts || found->second == parts->second);
    }

    static bool uses_volume(const Container& container, const std::string& volume)
    {
        return std::ranges::any_of(container.config.mounts,
                                   [&](const container::MountPoint& mount) {
                                       return mount.source == volume || mount.destination == volume;
                                   });
    }

    static std::string_view network_of(const Container& container)
    {
        return container.config.network == container::NetworkMode::host ? "host" : "none";
    }

    store::Store& store_;
    const container::ContainerStore& containers_;
    std::vector<std::string> ids_, labels_, not_labels_, states_, volumes_, networks_;
    std::vector<std::regex> names_;
    std::vector<std::int64_t> exit_codes_;
    std::int64_t before_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t since_ = std::numeric_limits<std::int64_t>::min();
    std::optional<std::set<oci::ImageId>> images_;
};

} // namespace

std::vector<Container> list_containers(Engine& engine, const ListContainers& request)
{
    store::Store& store = engine.store();
    const container::ContainerStore containers{store};
    const Filter filter{store, containers, request.filters};
    const bool all = request.all == AllContainers::yes || request.last || filter.implies_all();
    std::vector<Container> listed;
    for (Container& record : containers.list()) {
        if (request.last && listed.size() == *request.last) {
            break;
        }
        Container container = container::with_true_state(store.layout(), std::move(record));
        if ((all || container.state == container::State::running) && filter.matches(container)) {
            listed.push_back(std::move(container));
        }
    }
    return listed;
}

Container get_container(Engine& engine, std::string_view name)
{
    store::Store& store = engine.store();
    return container::with_true_state(store.layout(),
                                      container::ContainerStore{store}.get_as_written(name));
}

std::string shown_image(Engine& engine, const Container& container)
{
    const std::string hex = container.image.hex();
    const auto named = engine.store().images().find_as_written(container.image_name);
    if (named && named->id == container.image) {
        return container.image_name;
    }
    return hex.substr(0, 12);
}

} // namespace strata::engine
