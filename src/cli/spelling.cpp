// SPDX-License-Identifier: Apache-2.0
#include "cli/spelling.hpp"

#include "cli/commands.hpp"

#include <algorithm>
#include <vector>

namespace strata::cli {

std::size_t edit_distance(std::string_view from, std::string_view to)
{
    // Rows of the usual table; the one before the last is needed for swaps.
    std::vector<std::size_t> older(to.size() + 1);
    std::vector<std::size_t> last(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t column = 0; column <= to.size(); ++column) {
        row[column] = column;
    }
    for (std::size_t i = 1; i <= from.size(); ++i) {
        older.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t change = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], older[j - 2] + 1);
            }
        }
    }
    return row[to.size()];
}

std::optional<std::string_view> closest_command(std::string_view typed)
{
    std::optional<std::string_view> closest;
    // One mistake in three letters, at most: "im" does not mean "rm".
    std::size_t best = typed.size() / 3 + 1;
    const auto consider = [&](std::string_view name) {
        if (const std::size_t distance = edit_distance(typed, name);
            !name.empty() && distance < best) {
            best = distance;
            closest = name;
        }
    };
    if (typed.size() > 64) {
        return std::nullopt;
    }
    for (const Command* const command : commands()) {
        if (command->group != Group::hidden) {
            std::ranges::for_each(command->names, consider);
        }
    }
    for (const ManagementGroup& group : management_groups()) {
        consider(group.name);
    }
    return closest;
}

} // namespace strata::cli
