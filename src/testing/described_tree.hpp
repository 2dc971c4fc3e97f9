// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace strata::testing {

/// What a folder on disk holds: every path in it, and one line that says everything about it that
/// an image can say: type, mode, owner, time, links, xattrs, device, target or content. Two equal
/// descriptions are two equal trees. The root is "". Sizes and link counts of folders are left out:
/// file systems differ in them.
using DescribedTree = std::map<std::string, std::string>;

inline std::string quoted_bytes(std::string_view bytes)
{
    std::string text;
    for (const char c : bytes) {
        text += c > ' ' && c < 0x7F ? std::string{c}
                                    : fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    }
    return text;
}

inline std::string read_content(const sys::Node& node)
{
    const sys::Fd file = sys::open_file(node, O_RDONLY);
    std::string content(sys::size_of(file), '\0');
    sys::read_full(file, std::as_writable_bytes(std::span{content}));
    return content;
}

inline std::string describe(const sys::Node& node)
{
    const struct ::stat status = sys::find_status(node).value();
    std::string line = fmt::format("{:06o} {}:{} {}.{:09}", status.st_mode, status.st_uid,
                                   status.st_gid, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    if (!S_ISDIR(status.st_mode)) {
        line += fmt::format(" links={}", status.st_nlink);
    }
    for (const std::string& name : sys::list_xattrs(node)) {
        line += fmt::format(" {}={}", name, quoted_bytes(sys::find_xattr(node, name).value_or("")));
    }
    if (S_ISLNK(status.st_mode)) {
        line += " -> " + quoted_bytes(sys::read_link(node));
    } else if (S_ISREG(status.st_mode)) {
        line += fmt::format(" size={} content={:016x}", status.st_size,
                            std::hash<std::string>{}(read_content(node)));
    } else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
        line += fmt::format(" device={}:{}", major(status.st_rdev), minor(status.st_rdev));
    }
    return line;
}

inline void describe_children(const sys::Fd& folder, const std::string& path, DescribedTree& tree)
{
    for (const std::string& name : sys::sorted_names(folder)) {
        const sys::Node node{folder, name};
        const std::string child = path.empty() ? name : path + "/" + name;
        tree.emplace(child, describe(node));
        if (const auto inner = sys::find_folder(node)) {
            describe_children(*inner, child, tree);
        }
    }
}

inline DescribedTree describe_tree(const sys::Path& folder)
{
    DescribedTree tree;
    const sys::Fd parent = sys::open_file(folder.parent_path(), O_PATH | O_DIRECTORY);
    const std::string name = folder.filename().string();
    tree.emplace("", describe({parent, name}));
    describe_children(sys::open_folder({parent, name}), "", tree);
    return tree;
}

/// The lines in which two trees differ; empty if they are equal: `EXPECT_THAT(differences(a, b),
/// IsEmpty())`.
inline std::vector<std::string> differences(const DescribedTree& ours, const DescribedTree& theirs)
{
    std::vector<std::string> lines;
    for (const auto& [path, line] : ours) {
        const auto other = theirs.find(path);
        if (other == theirs.end()) {
            lines.push_back(fmt::format("only ours: {} {}", quoted_bytes(path), line));
        } else if (other->second != line) {
            lines.push_back(
                fmt::format("{}: ours {} theirs {}", quoted_bytes(path), line, other->second));
        }
    }
    for (const auto& [path, line] : theirs) {
        if (!ours.contains(path)) {
            lines.push_back(fmt::format("only theirs: {} {}", quoted_bytes(path), line));
        }
    }
    return lines;
}

} // namespace strata::testing
