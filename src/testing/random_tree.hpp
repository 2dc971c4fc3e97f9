// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_entry.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace strata::testing {

struct RandomTreeOptions {
    std::size_t entries = 200;
    std::size_t max_file_bytes = 5000;
    bool whiteouts = false;  // some entries become whiteouts and opaque markers
    bool hard_links = true;  // to files that come earlier
    bool odd_names = true;   // spaces, newlines, UTF-8, bytes that are none, long names
    bool duplicates = false; // names that came before come again, perhaps as something else
    bool devices = true;     // never 0:0
};

/// An entry and the content of a file.
struct TreeEntry {
    io::TarEntry entry;
    std::string content;
};

/// A random tree in the order in which tars have them, parents first: the same for the same seed,
/// on any machine. (Only the engine's own output is used; distributions differ between standard
/// libraries.)
class RandomTree {
public:
    explicit RandomTree(std::uint64_t seed, const RandomTreeOptions& options = {})
        : options_{options}, random_{seed}
    {
        directories_.emplace_back();
        while (entries_.size() < options_.entries) {
            add_one();
        }
    }

    const std::vector<TreeEntry>& entries() const noexcept { return entries_; }

private:
    std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
    bool one_in(std::uint64_t chance) { return below(chance) == 0; }

    void add_one()
    {
        TreeEntry made;
        io::TarEntry& entry = made.entry;
        set_metadata(entry);
        const std::string& parent = directories_[below(directories_.size())];
        if (options_.whiteouts && one_in(12)) {
            entry.path = parent + (one_in(3) ? ".wh..wh..opq" : ".wh." + name());
        } else if (options_.duplicates && !entries_.empty() && one_in(15)) {
            entry.path = entries_[below(entries_.size())].entry.path;
            if (entry.path.ends_with('/')) {
                entry.path.pop_back();
            }
            set_type(made);
        } else {
            entry.path = parent + name();
            set_type(made);
        }
        remember(made);
        entries_.push_back(std::move(made));
    }

    void set_type(TreeEntry& made)
    {
        io::TarEntry& entry = made.entry;
        const std::uint64_t kind = below(20);
        if (kind < 4) {
            entry.type = io::EntryType::directory;
            entry.path += '/';
        } else if (kind < 6) {
            entry.type = io::EntryType::symlink;
            entry.link_target = one_in(4) ? "/" + name() : "../" + name();
        } else if (kind == 6 && options_.hard_links && !files_.empty()) {
            const io::TarEntry& target = entries_[files_[below(files_.size())]].entry;
            if (target.path != entry.path) {
                const std::string path = entry.path;
                entry = target;
                entry.path = path;
                entry.type = io::EntryType::hard_link;
                entry.link_target = target.path;
                entry.size = 0;
                entry.stored_size = 0;
            }
        } else if (kind == 7) {
            entry.type = io::EntryType::fifo;
        } else if (kind == 8 && options_.devices) {
            entry.type = one_in(2) ? io::EntryType::char_device : io::EntryType::block_device;
            entry.device_major = static_cast<std::uint32_t>(1 + below(4000));
            entry.device_minor = static_cast<std::uint32_t>(below(100'000));
        } else {
            made.content = content();
            entry.size = made.content.size();
            entry.stored_size = made.content.size();
        }
    }

    void set_metadata(io::TarEntry& entry)
    {
        entry.mode = static_cast<std::uint32_t>(below(010000));
        entry.uid = static_cast<std::uint32_t>(one_in(5) ? below(4'000'000'000) : below(2000));
        entry.gid = static_cast<std::uint32_t>(one_in(5) ? below(4'000'000'000) : below(2000));
        entry.mtime.seconds = static_cast<std::int64_t>(below(2'000'000'000));
        if (one_in(10)) {
            entry.mtime.seconds = -entry.mtime.seconds;
        }
        entry.mtime.nanoseconds = one_in(2) ? 0 : static_cast<std::uint32_t>(below(1'000'000'000));
        if (one_in(8)) {
            entry.xattrs.push_back(
                {"security.capability", "\1" + std::string("\0\0\2", 3) + bytes(16)});
        }
        if (one_in(8)) {
            entry.xattrs.push_back({"user." + fmt::format("k{}", below(100)), bytes(below(300))});
        }
    }

    void remember(const TreeEntry& made)
    {
        if (made.entry.path.find(".wh.") != std::string::npos) {
            return; // nothing lies below a whiteout, and nothing links to one
        }
        if (made.entry.type == io::EntryType::directory && made.entry.path.size() < 1500) {
            directories_.push_back(made.entry.path);
        } else if (made.entry.type == io::EntryType::file) {
            files_.push_back(entries_.size());
        }
    }

    std::string name()
    {
        const std::string number = fmt::format("{:x}", next_name_++);
        if (!options_.odd_names || !one_in(5)) {
            return "n" + number;
        }
        switch (below(5)) {
        case 0:
            return "with space " + number;
        case 1:
            return "line\nbreak" + number;
        case 2:
            return "größe-" + number;
        case 3:
            return "\xff\xfe" + number;
        default:
            return std::string(80 + below(120), 'x') + number;
        }
    }

    std::string content() { return bytes(one_in(6) ? 0 : below(options_.max_file_bytes + 1)); }

    std::string bytes(std::uint64_t count)
    {
        std::string text(count, '\0');
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            bits = i % 8 == 0 ? random_() : bits >> 8;
            text[i] = static_cast<char>(bits & 0xff);
        }
        return text;
    }

    RandomTreeOptions options_;
    std::mt19937_64 random_;
    std::uint64_t next_name_ = 0;
    std::vector<TreeEntry> entries_;
    std::vector<std::string> directories_; // with their slash; the root is ""
    std::vector<std::size_t> files_;       // indexes into entries_
};

} // namespace strata::testing
