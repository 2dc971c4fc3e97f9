// SPDX-License-Identifier: Apache-2.0
//
// The order of things: which entry meets what, and what becomes of it. How one file is made is
// EntryWriter's business, how a name's folder is found OpenFolders's.
#include "store/apply.hpp"

#include "base/error.hpp"
#include "base/stop.hpp"
#include "io/layer_name.hpp"
#include "store/entry_writer.hpp"
#include "store/open_folders.hpp"
#include "sys/fd.hpp"
#include "sys/host.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace strata::store {
namespace {

using io::EntryType;
using io::LayerName;
using io::NameKind;
using sys::Node;
using Components = std::vector<std::string>;

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

std::string path_of(OpenFolders::Components components)
{
    std::string path;
    for (const std::string& component : components) {
        path += path.empty() ? "" : "/";
        path += component;
    }
    return path;
}

/// One layer on its way into one folder. Whatever takes a name away must forget() it.
class Applier {
public:
    Applier(const sys::Path& folder, const ApplyOptions& options)
        : options_{options}
        , writer_{options}
        , open_{folder, [this](const Node& node, OpenFolders::Components components) {
                    return enter(node, components);
                }}
    {
    }

    void apply(const io::TarEntry& entry, io::TarReader& reader)
    {
        const LayerName name = io::parse_layer_name(entry.path);
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
        if (name.components.empty() && entry.type != EntryType::directory) {
            throw Error{Errc::invalid_argument, "the root of a layer must be a directory"};
        }
        switch (entry.type) {
        case EntryType::directory:
            return place_folder(entry, name.components);
        case EntryType::hard_link:
            return place_hard_link(entry, name.components);
        default:
            return place_file(entry, name.components, reader);
        }
    }

    /// The folders' modes and times, children before parents.
    void finish()
    {
        for (const std::string& path : hidden_) {
            const Components components = io::components_of(path);
            forget(components, open_.node(components));
        }
        for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
            const Components components = io::components_of(folder->first);
            const Node node = open_.node(components);
            sys::set_mode(node, folder->second.mode);
            sys::set_mtime(node, folder->second.mtime.seconds, folder->second.mtime.nanoseconds);
        }
    }

private:
    // --- folders on the way

    sys::Fd enter(const Node& node, OpenFolders::Components components)
    {
        std::optional<sys::Fd> folder = sys::find_folder(node);
        if (!folder) {
            make_implied(node, path_of(components));
            folder = sys::open_folder(node);
        }
        return std::move(*folder);
    }

    /// A parent that no entry has named so far; whatever has its name and is no folder goes away.
    void make_implied(const Node& node, const std::string& path)
    {
        sys::remove(node);
        create_folder(node, 0755, path);
        writer_.give_to_root(node);
        folders_[path] = {};
    }

    /// Opaque if this layer has said, or says it again, that what lies below is gone.
    void create_folder(const Node& node, unsigned mode, const std::string& path)
    {
        sys::create_folder(node, mode);
        if (covering_.contains(path)) {
            writer_.set_opaque(node);
        }
    }

    // --- what this layer has

    void place_folder(const io::TarEntry& entry, const Components& components)
    {
        const Node node = open_.node(components);
        const std::string path = path_of(components);
        const auto existing = sys::find_status(node);
        if (is_folder(existing)) {
            // Merging folders keep their children, not their attributes.
            writer_.drop_xattrs(node);
        } else {
            if (existing) {
                forget(components, node);
            }
            create_folder(node, 0700 | entry.mode, path);
        }
        writer_.set_owner_and_xattrs(entry, node);
        folders_[path] = {entry.mode, entry.mtime};
    }

    void place_file(const io::TarEntry& entry, const Components& components, io::TarReader& reader)
    {
        const Node node = open_.node(components);
        if (sys::find_status(node)) {
            forget(components, node);
        }
        if (!writer_.create(entry, node)) {
            return;
        }
        if (entry.type == EntryType::file && entry.size > 0) {
            writer_.write_content(sys::open_file(node, O_WRONLY), entry, reader);
        }
        writer_.set_owner_and_xattrs(entry, node);
        EntryWriter::set_mode_and_time(entry, node);
    }

    void place_hard_link(const io::TarEntry& entry, const Components& components)
    {
        const LayerName target = find_target(entry);
        // Its own descriptors: the parents of the two names may not be open at once.
        const sys::Fd target_parent = open_existing(target.components, entry.link_target);
        const Node existing{target_parent, target.components.back()};
        const auto found = sys::find_status(existing);
        if (!found || S_ISDIR(found->st_mode) || is_whiteout(found)) {
            refuse_link(entry, "which is not in this layer");
        }
        const Node node = open_.node(components);
        const auto present = sys::find_status(node);
        const bool same =
            present && present->st_ino == found->st_ino && present->st_dev == found->st_dev;
        if (present && !same) {
            forget(components, node);
        }
        if (!same) {
            sys::create_hard_link(existing, node);
        }
        set_link_metadata(entry, node);
    }

    [[noreturn]] static void refuse_link(const io::TarEntry& entry, std::string_view why)
    {
        throw Error{Errc::invalid_argument,
                    fmt::format("hard link to '{}', {}", entry.link_target, why)};
    }

    static LayerName find_target(const io::TarEntry& entry)
    {
        LayerName target = io::parse_layer_name(entry.link_target);
        const bool can_be = target.kind == NameKind::entry || target.kind == NameKind::hidden;
        if (!can_be || target.components.empty()) {
            refuse_link(entry, "which cannot be linked to");
        }
        if (io::is_below(entry.path, entry.link_target) ||
            io::is_below(entry.link_target, entry.path)) {
            refuse_link(entry, "which it replaces");
        }
        return target;
    }

    sys::Fd open_existing(const Components& components, const std::string& as_written)
    {
        sys::Fd folder = open_.root().duplicate();
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

    /// The link's own header counts, as when Docker unpacks it; its attributes only if it has any.
    void set_link_metadata(const io::TarEntry& entry, const Node& node)
    {
        std::optional<std::string> capability;
        if (entry.xattrs.empty()) {
            capability = sys::find_xattr(node, kCapability); // a change of owner drops it
        } else {
            writer_.drop_xattrs(node);
        }
        writer_.set_owner_and_xattrs(entry, node);
        if (capability && options_.ownership == Ownership::archived) {
            sys::set_xattr(node, kCapability, *capability);
        }
        EntryWriter::set_mode_and_time(entry, node);
    }

    // --- what this layer deletes from those below

    void make_opaque(const Components& components)
    {
        covering_.insert(path_of(components));
        open_.open(components); // makes it if no entry has done so yet
        writer_.set_opaque(open_.node(components));
    }

    void hide(const Components& components)
    {
        covering_.insert(path_of(components));
        const Node node = open_.node(components);
        const auto existing = sys::find_status(node);
        if (is_folder(existing)) {
            writer_.set_opaque(node); // this layer's own stays; what is below it goes
        } else if (!existing) {
            writer_.create_whiteout(node);
        }
    }

    // --- bookkeeping

    void note_hidden(const Components& components)
    {
        const auto reserved = std::ranges::find_if(components, [](const std::string& name) {
            return name.starts_with(io::kHiddenPrefix);
        });
        hidden_.insert(path_of(std::span{components.begin(), reserved + 1}));
    }

    /// Removes what has a name, and everything that this object remembers about it.
    void forget(const Components& components, const Node& node)
    {
        sys::remove(node);
        const std::string path = path_of(components);
        folders_.erase(path);
        const std::string below = path + "/";
        const std::string beyond = path + "0"; // '0' follows '/'
        folders_.erase(folders_.lower_bound(below), folders_.lower_bound(beyond));
        covering_.erase(covering_.lower_bound(below), covering_.lower_bound(beyond));
    }

    const ApplyOptions& options_;
    EntryWriter writer_;
    std::map<std::string, FolderMetadata> folders_;
    std::set<std::string> covering_; // what this layer deletes from those below
    std::set<std::string> hidden_;   // what aufs left behind
    OpenFolders open_;               // last: it calls enter()
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
    const auto applier = std::make_unique<Applier>(folder, options); // too big for a stack
    while (const io::TarEntry* entry = reader.next()) {
        throw_if_stopped(options.stop);
        in_context([&] { return fmt::format("unpacking '{}'", entry->path); },
                   [&] { applier->apply(*entry, reader); });
    }
    applier->finish();
    reader.drain();
}

} // namespace strata::store
