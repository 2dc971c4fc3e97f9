// SPDX-License-Identifier: Apache-2.0
//
// What archives and chains of them mean, said as simply as possible: a map of paths. The real thing
// must agree.
#pragma once

#include "io/tar_entry.hpp"
#include "testing/described_tree.hpp"
#include "testing/random_tree.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::erofs::testing {

/// One line for an inode, in the form of strata::testing::describe(), so that a model, a reader and
/// a mounted file system can be compared.
struct Description {
    unsigned mode = 0; // with the type
    std::uint32_t uid = 0, gid = 0;
    io::TarTime mtime;
    std::size_t links = 0;
    std::map<std::string, std::string> xattrs = {};
    std::string target = {};
    std::string content = {};
    std::uint32_t major = 0, minor = 0;

    std::string line() const
    {
        const unsigned type = mode & 0170000U;
        std::string text =
            fmt::format("{:06o} {}:{} {}.{:09}", mode, uid, gid, mtime.seconds, mtime.nanoseconds);
        if (type != 0040000) {
            text += fmt::format(" links={}", links);
        }
        for (const auto& [name, value] : xattrs) {
            text += fmt::format(" {}={}", name, strata::testing::quoted_bytes(value));
        }
        if (type == 0120000) {
            text += " -> " + strata::testing::quoted_bytes(target);
        } else if (type == 0100000) {
            text += fmt::format(" size={} content={:016x}", content.size(),
                                std::hash<std::string>{}(content));
        } else if (type == 0020000 || type == 0060000) {
            text += fmt::format(" device={}:{}", major, minor);
        }
        return text;
    }
};

inline unsigned type_bits(io::EntryType type)
{
    switch (type) {
    case io::EntryType::directory:
        return 0040000;
    case io::EntryType::symlink:
        return 0120000;
    case io::EntryType::char_device:
        return 0020000;
    case io::EntryType::block_device:
        return 0060000;
    case io::EntryType::fifo:
        return 0010000;
    default:
        return 0100000;
    }
}

class ModelTree {
public:
    ModelTree() { paths_[""] = {.file = new_directory(), .implied = true}; }

    /// Applies a member of an archive, or returns false if it must be refused: then nothing after
    /// it matters.
    bool apply(const strata::testing::TreeEntry& member)
    {
        const io::TarEntry& entry = member.entry;
        const std::string path = clean(entry.path);
        const std::size_t slash = path.rfind('/');
        const std::string parent = slash == path.npos ? "" : path.substr(0, slash);
        const std::string name = slash == path.npos ? path : path.substr(slash + 1);
        if (name == ".wh..wh..opq") {
            make_directories(parent);
            paths_[parent].opaque = true;
            return true;
        }
        if (name.starts_with(".wh.")) {
            make_directories(parent);
            paths_[join(parent, name.substr(4))].whiteout = true;
            return true;
        }
        if (entry.type == io::EntryType::hard_link) {
            return apply_link(entry, parent, path);
        }
        make_directories(parent);
        Place& place = paths_[path];
        const bool merges = entry.type == io::EntryType::directory && is_directory(path);
        if (!merges) {
            remove_below(path);
        }
        place.implied = false;
        place.file = describe(member);
        return true;
    }

    /// A stack's tree: that of `layers` on top of each other, lowest first.
    static ModelTree stack(std::span<const ModelTree> layers)
    {
        ModelTree stack;
        stack.paths_[""].file = nullptr;
        for (const ModelTree& layer : layers) {
            for (const auto& [path, place] : layer.paths_) {
                stack.cover(path, place);
            }
        }
        if (stack.paths_[""].file == nullptr) {
            stack.paths_[""].file = new_directory();
        }
        return stack;
    }

    /// Every path; whiteouts as devices, marks as the attributes that an index has for them.
    strata::testing::DescribedTree describe_all() const
    {
        std::map<const Description*, std::size_t> links;
        std::size_t whiteouts = 0;
        for (const auto& [path, place] : paths_) {
            ++links[place.file.get()];
            whiteouts += place.file == nullptr ? 1 : 0;
        }
        strata::testing::DescribedTree tree;
        for (const auto& [path, place] : paths_) {
            Description shown =
                place.file ? *place.file : Description{.mode = 0020000, .mtime = {}};
            shown.links = place.file ? links[place.file.get()] : whiteouts;
            if (is_directory(path)) {
                if (place.opaque || place.whiteout) {
                    shown.xattrs["trusted.overlay.opaque"] = "y";
                }
                if (place.implied && !place.whiteout) {
                    shown.xattrs["trusted.overlay.strata.implied"] = "y";
                }
            }
            tree[path] = shown.line();
        }
        return tree;
    }

private:
    struct Place {
        std::shared_ptr<Description> file = nullptr; // none: a whiteout and nothing else
        bool implied = false;
        bool whiteout = false;
        bool opaque = false;
    };

    static std::shared_ptr<Description> new_directory()
    {
        return std::make_shared<Description>(Description{.mode = 0040755, .mtime = {}});
    }

    static bool may_have_user_xattrs(const Description& file)
    {
        const unsigned type = file.mode & 0170000U;
        return type == 0100000 || type == 0040000;
    }

    static std::shared_ptr<Description> describe(const strata::testing::TreeEntry& member)
    {
        const io::TarEntry& entry = member.entry;
        auto file = std::make_shared<Description>();
        file->mode = type_bits(entry.type) |
                     (entry.type == io::EntryType::symlink ? 0777U : entry.mode & 07777U);
        file->uid = entry.uid;
        file->gid = entry.gid;
        file->mtime = entry.mtime;
        for (const io::Xattr& xattr : entry.xattrs) {
            if (!xattr.name.starts_with("user.") || may_have_user_xattrs(*file)) {
                file->xattrs[xattr.name] = xattr.value;
            }
        }
        file->target = entry.link_target;
        file->content = member.content;
        file->major = entry.device_major;
        file->minor = entry.device_minor;
        return file;
    }

    bool apply_link(const io::TarEntry& entry, const std::string& parent, const std::string& path)
    {
        const auto target = paths_.find(clean(entry.link_target));
        if (target == paths_.end() || !target->second.file || is_directory(target->first)) {
            return false;
        }
        if (target->first.starts_with(path + "/") || path.starts_with(target->first + "/")) {
            return false; // to make room for the link is to remove the target
        }
        const std::shared_ptr<Description> file = target->second.file;
        make_directories(parent);
        remove_below(path);
        paths_[path].file = file;
        paths_[path].implied = false;
        auto said = describe({entry, {}});
        file->uid = said->uid;
        file->gid = said->gid;
        file->mtime = said->mtime;
        if ((file->mode & 0170000U) != 0120000U) {
            file->mode = (file->mode & 0170000U) | (said->mode & 07777U);
        }
        if (!entry.xattrs.empty()) {
            if (!may_have_user_xattrs(*file)) {
                std::erase_if(said->xattrs,
                              [](const auto& xattr) { return xattr.first.starts_with("user."); });
            }
            file->xattrs = said->xattrs;
        }
        return true;
    }

    void cover(const std::string& path, const Place& place)
    {
        if (place.file == nullptr) {
            remove_below(path);
            paths_.erase(path);
            return;
        }
        const bool directory = (place.file->mode & 0170000U) == 0040000U;
        const bool merges = directory && !place.whiteout && is_directory(path);
        if (!merges || place.opaque) {
            remove_below(path);
        }
        Place& mine = paths_[path];
        if (!merges || !place.implied) {
            mine.file = place.file;
            if (directory) { // its children are another tree's
                mine.file = std::make_shared<Description>(*place.file);
            }
        }
        mine.implied = mine.whiteout = mine.opaque = false;
    }

    static std::string clean(std::string_view path)
    {
        while (path.ends_with('/')) {
            path.remove_suffix(1);
        }
        return std::string{path};
    }
    static std::string join(const std::string& parent, const std::string& name)
    {
        return parent.empty() ? name : parent + "/" + name;
    }

    bool is_directory(const std::string& path) const
    {
        const auto at = paths_.find(path);
        return at != paths_.end() && at->second.file &&
               (at->second.file->mode & 0170000U) == 0040000U;
    }

    void make_directories(const std::string& path)
    {
        if (path.empty() || is_directory(path)) {
            return;
        }
        const std::size_t slash = path.rfind('/');
        make_directories(slash == path.npos ? "" : path.substr(0, slash));
        paths_[path].file = new_directory();
        paths_[path].implied = true;
    }

    void remove_below(const std::string& path)
    {
        const std::string prefix = path.empty() ? "" : path + "/";
        auto at = paths_.upper_bound(prefix.empty() ? std::string{} : prefix);
        while (at != paths_.end() && at->first.starts_with(prefix)) {
            at = paths_.erase(at);
        }
    }

    std::map<std::string, Place> paths_;
};

} // namespace strata::erofs::testing
