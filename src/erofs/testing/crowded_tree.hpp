// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/random_tree.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace strata::erofs::testing {

/// A random archive whose members are forever in each other's way: few names, every type, links to
/// anything, whiteouts, parents that nobody made.
inline std::vector<strata::testing::TreeEntry> crowded_tree(std::uint64_t seed, std::size_t members)
{
    std::mt19937_64 random{seed};
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    const auto path = [&] {
        std::string text{"abc"[below(3)]};
        while (below(2) == 0 && text.size() < 9) {
            text += {'/', "abc"[below(3)]};
        }
        return text;
    };
    std::vector<strata::testing::TreeEntry> entries;
    while (entries.size() < members) {
        strata::testing::TreeEntry made;
        io::TarEntry& entry = made.entry;
        entry.path = path();
        entry.mode = static_cast<std::uint32_t>(below(010000));
        entry.uid = static_cast<std::uint32_t>(below(5));
        entry.mtime.seconds = static_cast<std::int64_t>(below(1000));
        if (below(4) == 0) {
            entry.xattrs.push_back({"user.k", fmt::format("{}", below(3))});
        }
        switch (below(10)) {
        case 0:
        case 1:
        case 2:
            entry.type = io::EntryType::directory;
            entry.path += '/';
            break;
        case 3:
            entry.path += "/.wh..wh..opq";
            break;
        case 4:
            entry.path.insert(entry.path.size() - 1, ".wh.");
            break;
        case 5:
            entry.type = io::EntryType::hard_link;
            entry.link_target = path();
            break;
        case 6:
            entry.type = io::EntryType::symlink;
            entry.link_target = path();
            break;
        default:
            made.content = fmt::format("content {}", entries.size());
            entry.size = entry.stored_size = made.content.size();
        }
        entries.push_back(std::move(made));
    }
    return entries;
}

} // namespace strata::erofs::testing
