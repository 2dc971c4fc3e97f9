// SPDX-License-Identifier: Apache-2.0
#include "store/apply.hpp"

#include "base/error.hpp"
#include "io/layer_name.hpp"
#include "sys/copy.hpp"
#include "sys/fd.hpp"
#include "sys/folder_reader.hpp"
#include "sys/host.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace strata::store {
namespace {

using io::EntryType;
using io::LayerName;
using io::NameKind;
using io::parse_layer_name;
using sys::Node;

constexpr const char* kCapability = "security.capability";

struct FolderMetadata {
    unsigned mode = 0755;
    io::TarTime mtime;
};

bool is_folder(const std::optional<struct ::stat>& status)
{
    return status && S_ISDIR(status->st_mode);
}

bool is_whiteout(const std::optional<struct ::stat>& status)
{
    return status && S_ISCHR(status->st_mode) && status->st_rdev == 0;
}

std::string join(std::span<const std::string> components)
{
    std::string path;
    for (const std::string& component : components) {
        path += path.empty() ? "" : "/";
        path += component;
    }
    return path;
}

/// One layer on its way into one folder.
///
/// Keeps the folders of the last entry's path open, since archives list a folder's children
/// together. Whatever removes a name must forget() it, or the next entry would be written into a
/// deleted folder.
class Applier {
public:
    Applier(const sys::Path& folder, const ApplyOptions& options)
        : options_{options}
        , root_parent_{sys::open_file(folder.parent_path(), O_PATH | O_DIRECTORY)}
        , root_name_{folder.filename().string()}
        , root_{sys::open_folder({root_parent_, root_name_})}
    {
        keep_metadata("", {root_parent_, root_name_});
    }

    void apply(const io::TarEntry& entry, io::TarReader& reader)
    {
        const LayerName name = parse_layer_name(entry.path);
        switch (name.kind) {
        case NameKind::hidden:
            note_hidden(name.components);
            break; // not visible in the end, but hard links may refer to it
        case NameKind::opaque:
            return make_opaque(name.components);
        case NameKind::whiteout:
            return hide(name.components);
        case NameKind::entry:
            break;
        }
        if (name.components.empty()) {
            return apply_root(entry);
        }
        note_written(name.components);
        place(entry, name.components, reader);
    }

    /// The folders' modes and times, children before parents.
    void finish()
    {
        for (const std::string& path : hidden_) {
            const Components components = io::components_of(path);
            with_node(components, [&](const Node& node) { forget(components, node); });
        }
        for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
            const Components components = io::components_of(folder->first);
            with_node(components, [&](const Node& node) {
                sys::set_mode(node, folder->second.mode);
                sys::set_mtime(node, folder->second.mtime.seconds,
                               folder->second.mtime.nanoseconds);
            });
        }
    }

private:
    using Components = std::vector<std::string>;

    /// Calls `body` with the node of an entry whose parents exist (or are made now).
    template <typename Body>
    void with_node(const Components& components, Body body)
    {
        if (components.empty()) {
            return body(Node{root_parent_, root_name_});
        }
        const sys::Fd& parent = open_parent(std::span{components}.first(components.size() - 1));
        body(Node{parent, components.back()});
    }

    const sys::Fd& open_parent(std::span<const std::string> components)
    {
        std::size_t depth = 0;
        while (depth < open_.size() && depth < components.size() &&
               open_[depth].first == components[depth]) {
            ++depth;
        }
        open_.resize(depth);
        for (; depth < components.size(); ++depth) {
            const Node node{top(), components[depth]};
            std::optional<sys::Fd> folder = sys::find_folder(node);
            if (!folder) {
                make_implied(node, components.first(depth + 1));
                folder = sys::open_folder(node);
            }
            keep_metadata(join(components.first(depth + 1)), node);
            open_.emplace_back(components[depth], std::move(*folder));
        }
        return top();
    }

    const sys::Fd& top() const { return open_.empty() ? root_ : open_.back().second; }

    /// A folder of a lower layer keeps its mode and time, whatever this layer does inside.
    void keep_metadata(const std::string& path, const Node& node)
    {
        if (options_.whiteouts != WhiteoutFormat::remove || folders_.contains(path)) {
            return;
        }
        const struct ::stat status = sys::find_status(node).value();
        folders_[path] = {
            status.st_mode & 07777,
            {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)}};
    }

    /// A parent that no entry has named so far; whatever has its name and is no folder goes away.
    void make_implied(const Node& node, std::span<const std::string> components)
    {
        const bool hidden = is_whiteout(sys::find_status(node));
        sys::remove(node);
        sys::create_folder(node, 0755);
        give_to(node, 0, 0);
        if (hidden) {
            set_opaque(node);
        }
        folders_[join(components)] = {};
    }

    void place(const io::TarEntry& entry, const Components& components, io::TarReader& reader)
    {
        if (entry.type == EntryType::hard_link) {
            return place_hard_link(entry, components);
        }
        with_node(components, [&](const Node& node) {
            const auto existing = sys::find_status(node);
            if (entry.type == EntryType::directory) {
                return place_folder(entry, components, node, existing);
            }
            if (existing) {
                forget(components, node);
            }
            create(entry, node, reader);
        });
    }

    void place_folder(const io::TarEntry& entry, const Components& components, const Node& node,
                      const std::optional<struct ::stat>& existing)
    {
        if (!is_folder(existing)) {
            if (existing) {
                forget(components, node);
            }
            sys::create_folder(node, 0700 | entry.mode);
            if (is_whiteout(existing)) {
                set_opaque(node); // this layer removed what was below, then made a new folder
            }
        }
        set_metadata(entry, node);
        folders_[join(components)] = {entry.mode, entry.mtime};
    }

    void create(const io::TarEntry& entry, const Node& node, io::TarReader& reader)
    {
        switch (entry.type) {
        case EntryType::file:
            write_file(entry, node, reader);
            break;
        case EntryType::symlink:
            sys::create_symlink(node, entry.link_target);
            break;
        case EntryType::fifo:
            sys::create_special(node, S_IFIFO | entry.mode);
            break;
        case EntryType::char_device:
        case EntryType::block_device:
            if (options_.ownership == Ownership::caller) {
                return;
            }
            sys::create_special(
                node, (entry.type == EntryType::char_device ? S_IFCHR : S_IFBLK) | entry.mode,
                entry.device_major, entry.device_minor);
            break;
        case EntryType::directory:
        case EntryType::hard_link:
            throw Error{Errc::internal, "not a leaf"};
        }
        set_metadata(entry, node);
        sys::set_mode(node, entry.mode); // again: a change of owner clears setuid
        sys::set_mtime(node, entry.mtime.seconds, entry.mtime.nanoseconds);
    }

    void write_file(const io::TarEntry& entry, const Node& node, io::TarReader& reader)
    {
        const sys::Fd file = sys::create_file(node, 0600);
        const auto whole = std::array{io::SparseExtent{0, entry.size}};
        std::uint64_t end = 0;
        for (const io::SparseExtent& extent :
             entry.is_sparse ? std::span{entry.sparse} : std::span{whole}) {
            write_extent(file, extent, reader);
            end = extent.offset + extent.length;
        }
        if (end < entry.size) {
            sys::resize(file, entry.size);
        }
    }

    void write_extent(const sys::Fd& file, const io::SparseExtent& extent, io::TarReader& reader)
    {
        std::uint64_t written = 0;
        while (written < extent.length) {
            const auto left = extent.length - written;
            const std::size_t got = reader.read_data(std::span{buffer_}.first(
                static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()))));
            if (got == 0) {
                throw Error{Errc::corrupt, "its data ends early"};
            }
            sys::write_all_at(file, std::span{buffer_}.first(got), extent.offset + written);
            written += got;
        }
    }

    void place_hard_link(const io::TarEntry& entry, const Components& components)
    {
        const LayerName target = parse_layer_name(entry.link_target);
        const bool can_be =
            target.kind == NameKind::entry || target.kind == NameKind::hidden;
        if (!can_be || target.components.empty()) {
            throw Error{
                Errc::invalid_argument,
                fmt::format("hard link to '{}', which cannot be linked to", entry.link_target)};
        }
        // Its own descriptors: the parents of the two names may not be open at once in the cache.
        const sys::Fd target_parent = open_existing(target.components, entry.link_target);
        const Node existing{target_parent, target.components.back()};
        const auto found = sys::find_status(existing);
        if (!found || S_ISDIR(found->st_mode) || is_whiteout(found)) {
            throw Error{
                Errc::invalid_argument,
                fmt::format("hard link to '{}', which is not in this layer", entry.link_target)};
        }
        with_node(components, [&](const Node& node) {
            const auto present = sys::find_status(node);
            const bool same =
                present && present->st_ino == found->st_ino && present->st_dev == found->st_dev;
            if (present && !same) {
                forget(components, node);
            }
            if (!same) {
                sys::create_hard_link(existing, node);
            }
            // The link's own header counts, as when Docker unpacks it. A change of owner drops
            // capabilities.
            const auto capability = sys::find_xattr(node, kCapability);
            set_metadata(entry, node);
            if (capability && !sys::find_xattr(node, kCapability)) {
                sys::set_xattr(node, kCapability, *capability);
            }
            sys::set_mode(node, entry.mode);
            sys::set_mtime(node, entry.mtime.seconds, entry.mtime.nanoseconds);
        });
    }

    sys::Fd open_existing(const Components& components, const std::string& as_written) const
    {
        sys::Fd folder = root_.duplicate();
        for (std::size_t i = 0; i + 1 < components.size(); ++i) {
            std::optional<sys::Fd> next = sys::find_folder({folder, components[i]});
            if (!next) {
                throw Error{
                    Errc::invalid_argument,
                    fmt::format("hard link to '{}', which is not in this layer", as_written)};
            }
            folder = std::move(*next);
        }
        return folder;
    }

    void apply_root(const io::TarEntry& entry)
    {
        if (entry.type != EntryType::directory) {
            throw Error{Errc::invalid_argument, "the root of a layer must be a directory"};
        }
        set_metadata(entry, {root_parent_, root_name_});
        folders_[""] = {entry.mode, entry.mtime};
    }

    void set_metadata(const io::TarEntry& entry, const Node& node)
    {
        give_to(node, entry.uid, entry.gid);
        for (const io::Xattr& xattr : entry.xattrs) {
            if (may_have(entry, xattr)) {
                sys::set_xattr(node, escaped(xattr.name), xattr.value);
            }
        }
    }

    /// Linux keeps user.* to files and folders (xattr(7)); archives of other systems have it
    /// elsewhere too.
    bool may_have(const io::TarEntry& entry, const io::Xattr& xattr) const
    {
        if (xattr.name.starts_with("user.")) {
            return entry.type == EntryType::file || entry.type == EntryType::directory;
        }
        return options_.ownership == Ownership::archived;
    }

    void give_to(const Node& node, std::uint32_t uid, std::uint32_t gid)
    {
        if (options_.ownership == Ownership::archived) {
            sys::set_owner(node, uid, gid);
        }
    }

    /// overlayfs takes its orders from attributes of this prefix. What an archive brings under it
    /// is data, so it gets the escape that overlayfs undoes for whoever reads through it
    /// (Linux 6.7); the indexes do the same.
    std::string escaped(const std::string& name) const
    {
        const std::string prefix =
            options_.whiteouts == WhiteoutFormat::overlay        ? "trusted.overlay."
            : options_.whiteouts == WhiteoutFormat::overlay_user ? "user.overlay."
                                                                 : "";
        return prefix.empty() || !name.starts_with(prefix)
                   ? name
                   : prefix + "overlay." + name.substr(prefix.size());
    }

    // --- what this layer deletes from those below

    void make_opaque(const Components& components)
    {
        if (options_.whiteouts == WhiteoutFormat::remove) {
            note_written(components);
            with_node(components, [&](const Node& node) {
                if (const auto folder = sys::find_folder(node)) {
                    keep_metadata(join(components), node);
                    remove_older(*folder, join(components));
                }
            });
            open_.clear();
            return;
        }
        // Opening it as a parent makes it if no entry has done so yet.
        open_parent(components);
        with_node(components, [&](const Node& node) { set_opaque(node); });
    }

    void set_opaque(const Node& node)
    {
        if (options_.whiteouts == WhiteoutFormat::overlay) {
            sys::set_xattr(node, "trusted.overlay.opaque", "y");
        } else if (options_.whiteouts == WhiteoutFormat::overlay_user) {
            sys::set_xattr(node, "user.overlay.opaque", "y");
        }
    }

    void hide(const Components& components)
    {
        with_node(components, [&](const Node& node) {
            const auto existing = sys::find_status(node);
            if (options_.whiteouts == WhiteoutFormat::remove) {
                hide_older(components, node, existing);
            } else if (is_folder(existing)) {
                set_opaque(node); // this layer's own folder stays; what is below it goes
            } else if (!existing) {
                sys::create_special(node, S_IFCHR);
            }
        });
    }

    void hide_older(const Components& components, const Node& node,
                    const std::optional<struct ::stat>& existing)
    {
        if (!existing) {
            return;
        }
        const std::string path = join(components);
        if (!written_.contains(path)) {
            forget(components, node);
        } else if (is_folder(existing)) {
            keep_metadata(path, node);
            remove_older(sys::open_folder(node), path);
            open_.clear();
        }
    }

    /// Removes what earlier layers left below `folder`, and keeps what this one has written.
    void remove_older(const sys::Fd& folder, const std::string& path)
    {
        for (const std::string& name : sys::sorted_names(folder)) {
            const Node child{folder, name};
            const std::string child_path = path.empty() ? name : path + "/" + name;
            if (!written_.contains(child_path)) {
                sys::remove(child);
            } else if (const auto inner = sys::find_folder(child)) {
                keep_metadata(child_path, child);
                keep_metadata(child_path, child);
                remove_older(*inner, child_path);
            }
        }
    }

    // --- bookkeeping

    void note_hidden(const Components& components)
    {
        const auto reserved = std::ranges::find_if(
            components, [](const std::string& name) { return name.starts_with(".wh..wh."); });
        hidden_.insert(join(std::span{components.begin(), reserved + 1}));
    }

    void note_written(const Components& components)
    {
        if (options_.whiteouts != WhiteoutFormat::remove) {
            return;
        }
        for (std::size_t length = components.size(); length > 0; --length) {
            if (!written_.insert(join(std::span{components}.first(length))).second) {
                return; // its parents were noted with it
            }
        }
    }

    /// Removes what has an entry's name, and everything that this object remembers about it.
    void forget(const Components& components, const Node& node)
    {
        sys::remove(node);
        const std::string path = join(components);
        folders_.erase(path);
        const std::string below = path + "/";
        folders_.erase(folders_.lower_bound(below),
                       folders_.lower_bound(path + "0")); // '0' follows '/'
        // The node borrows its parent's descriptor, so only what is open below it may close.
        if (open_.size() >= components.size()) {
            open_.resize(components.size() - 1);
        }
    }

    const ApplyOptions& options_;
    sys::Fd root_parent_;
    std::string root_name_;
    sys::Fd root_;
    std::vector<std::pair<std::string, sys::Fd>> open_;
    std::map<std::string, FolderMetadata> folders_;
    std::set<std::string> hidden_;            // what aufs left behind
    std::unordered_set<std::string> written_; // with WhiteoutFormat::remove only
    std::array<std::byte, 256 * 1024> buffer_;
};

} // namespace

Ownership ownership_of_this_process()
{
    using sys::Capability;
    const bool everything = sys::has_capability(Capability::chown) &&
                            sys::has_capability(Capability::mknod) &&
                            sys::has_capability(Capability::sys_admin) && !sys::in_user_namespace();
    return everything ? Ownership::archived : Ownership::caller;
}

void apply_layer(io::Source& tar, const sys::Path& folder, const ApplyOptions& options)
{
    io::TarReader reader{tar, options.limits};
    const auto applier = std::make_unique<Applier>(folder, options);
    while (const io::TarEntry* entry = reader.next()) {
        if (options.stop.stop_requested()) {
            throw Error{Errc::cancelled, "cancelled"};
        }
        in_context([&] { return fmt::format("unpacking '{}'", entry->path); },
                   [&] { applier->apply(*entry, reader); });
    }
    applier->finish();
    reader.drain();
}

} // namespace strata::store
