// SPDX-License-Identifier: Apache-2.0
#include "registry/storage/hash_states.hpp"

namespace strata::registry {
namespace {

constexpr std::size_t kMaxStates = 1024; // about half a KiB each

} // namespace

void HashStates::keep(const std::string& id, HashState state)
{
    table_.with([&](Table& table) {
        if (table.by_id.contains(id)) {
            return; // one writer at a time, so this does not happen; older news is no news
        }
        table.oldest_first.emplace_back(id, std::move(state));
        table.by_id.emplace(id, std::prev(table.oldest_first.end()));
        if (table.by_id.size() > kMaxStates) {
            table.by_id.erase(table.oldest_first.front().first);
            table.oldest_first.pop_front();
        }
    });
}

std::optional<HashState> HashStates::take(const std::string& id)
{
    return table_.with([&](Table& table) -> std::optional<HashState> {
        const auto found = table.by_id.find(id);
        if (found == table.by_id.end()) {
            return std::nullopt;
        }
        HashState state = std::move(found->second->second);
        table.oldest_first.erase(found->second);
        table.by_id.erase(found);
        return state;
    });
}

} // namespace strata::registry
