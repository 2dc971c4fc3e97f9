// SPDX-License-Identifier: Apache-2.0
#include "container/upper_tar.hpp"

#include "base/error.hpp"
#include "io/layer_name.hpp"
#include "io/tar_writer.hpp"
#include "sys/file.hpp"
#include "sys/node.hpp"
#include "sys/root.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace strata::container {
namespace {

constexpr std::uint64_t kSmallFile = 64 << 10;

using Status = struct ::stat;

/// One member of the tar, before it is looked at closely.
struct Item {
    enum class Kind : std::uint8_t { node, whiteout, opaque_marker };
    std::string path; // of a whiteout: what is gone
    Kind kind = Kind::node;
    Status status{}; // of a whiteout or marker: its folder's
};

std::string_view base_name(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view parent_of(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string in_folder(std::string_view folder, std::string_view name)
{
    return folder.empty() ? std::string{name} : fmt::format("{}/{}", folder, name);
}

/// Turns the walk into the list of members.
class Planner {
public:
    Planner(UpperForm form, const Status& root) : form_{form}
    {
        folders_.push_back({.item = {.path = {}, .status = root}, .planned = true});
    }

    void enter(const UpperEntry& entry)
    {
        if (entry.presence == Presence::deleted) {
            if (!folders_.back().hidden) { // the opaque marker above says it already
                plan({.path = entry.path,
                      .kind = Item::Kind::whiteout,
                      .status = folders_.back().item.status});
            }
            return;
        }
        if (base_name(entry.path).starts_with(io::kWhiteoutPrefix)) {
            throw Error{
                Errc::unsupported,
                fmt::format("/{}: an image cannot hold a file of this name, which in a layer "
                            "means that another one is deleted",
                            entry.path),
                "Rename or remove it in the container."};
        }
        const bool changed = entry.presence != Presence::present || entry.differs;
        const Item item{.path = entry.path, .status = entry.status};
        if (!entry.is_folder()) {
            if (!S_ISSOCK(entry.status.st_mode) && (changed || form_ == UpperForm::overlay)) {
                plan(item);
            }
            return;
        }
        const bool hidden = folders_.back().hidden || entry.opaque;
        folders_.push_back({.item = item, .hidden = hidden});
        if (changed || entry.opaque) {
            plan_folders();
        }
        if (entry.opaque) {
            plan({.path = in_folder(entry.path, io::kOpaqueMarker),
                  .kind = Item::Kind::opaque_marker,
                  .status = entry.status});
        }
    }

    void leave() { folders_.pop_back(); }

    std::vector<Item> items;

private:
    struct Folder {
        Item item;
        bool planned = false;
        bool hidden = false; // it, or a folder above, is opaque
    };

    void plan(Item item)
    {
        plan_folders();
        items.push_back(std::move(item));
    }

    void plan_folders()
    {
        for (Folder& folder : folders_) {
            if (!std::exchange(folder.planned, true)) {
                items.push_back(folder.item);
            }
        }
    }

    UpperForm form_;
    std::vector<Folder> folders_;
};

bool is_kept(std::string_view xattr)
{
    return xattr.starts_with("user.") || xattr == "security.capability" ||
           xattr == "system.posix_acl_access" || xattr == "system.posix_acl_default";
}

io::EntryType type_of(const Status& status)
{
    switch (status.st_mode & S_IFMT) {
    case S_IFDIR:
        return io::EntryType::directory;
    case S_IFLNK:
        return io::EntryType::symlink;
    case S_IFCHR:
        return io::EntryType::char_device;
    case S_IFBLK:
        return io::EntryType::block_device;
    case S_IFIFO:
        return io::EntryType::fifo;
    default:
        return io::EntryType::file;
    }
}

} // namespace

struct UpperTar::State {
    State(const sys::Fd& upper, const UpperTarOptions& wanted)
        : root{upper.duplicate(), sys::Resolve::beneath}, options{wanted}
    {
    }

    sys::Root root;
    UpperTarOptions options;
    std::vector<Item> items;
    std::size_t next_item = 0;
    bool finished = false;

    // What has been made but not yet read: headers, padding and small files, then the data of
    // `file`.
    io::StringSink made;
    std::size_t made_taken = 0;
    io::TarWriter writer{made};
    sys::Fd file;
    std::string small_content;
    std::string file_path;
    std::uint64_t file_offset = 0, file_size = 0;

    std::unordered_map<std::uint64_t, std::string>
        linked;     // inode to the first name that was written
    sys::Fd folder; // of the last item
    std::string folder_path;

    const sys::Fd& folder_of(std::string_view path)
    {
        const std::string_view parent = parent_of(path);
        if (!folder || parent != folder_path) {
            folder = root.open_file(parent, O_RDONLY | O_DIRECTORY);
            folder_path = parent;
        }
        return folder;
    }

    io::TarTime time_of(const Status& status) const
    {
        const io::TarTime time{.seconds = status.st_mtim.tv_sec,
                               .nanoseconds = static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
        return options.latest ? std::min(time, *options.latest) : time;
    }

    /// Puts the next member's header into `made`, and opens its data. A file that has gone since
    /// the tree was walked (only where the container was not paused) is left out.
    void begin(const Item& item)
    {
        io::TarEntry entry;
        entry.mtime = time_of(item.status);
        if (item.kind != Item::Kind::node) {
            entry.path =
                item.kind == Item::Kind::opaque_marker
                    ? item.path
                    : in_folder(parent_of(item.path),
                                fmt::format("{}{}", io::kWhiteoutPrefix, base_name(item.path)));
            entry.mode = 0600; // as containerd and Docker write whiteouts
            writer.add(entry);
            return;
        }
        try {
            describe(item, entry);
        } catch (const Error& error) {
            if (error.code() != Errc::not_found) {
                throw;
            }
            forget(item);
            return;
        }
        writer.add(entry);
        if (!file) {
            return;
        }
        if (entry.size <= kSmallFile) {
            writer.write_data(small_content);
            file.reset();
            return;
        }
        file_size = entry.size;
        file_offset = 0;
        file_path = item.path;
    }

    void forget(const Item& item)
    {
        file.reset();
        const auto found = linked.find(item.status.st_ino);
        if (found != linked.end() && found->second == item.path) {
            linked.erase(found);
        }
    }

    /// Opens a file's data. A small one is read here and now, so that its size is that of what was
    /// read: programs that are not paused rewrite small files all the time.
    std::uint64_t open_data(const sys::Node& node)
    {
        file = sys::open_file(node, O_RDONLY);
        std::uint64_t size = sys::size_of(file); // it may have grown since the walk
        if (size <= kSmallFile) {
            small_content.resize(size);
            size = sys::read_full_at(file, std::as_writable_bytes(std::span{small_content}), 0);
            small_content.resize(size);
        }
        if (size == 0) {
            file.reset();
        }
        return size;
    }

    void describe(const Item& item, io::TarEntry& entry)
    {
        const std::string name{base_name(item.path)};
        const sys::Node node{folder_of(item.path), name};
        const Status& status = item.status;
        entry.path = item.path;
        entry.type = type_of(status);
        entry.mode = status.st_mode & 07777;
        entry.uid = status.st_uid;
        entry.gid = status.st_gid;
        if (entry.type != io::EntryType::directory && status.st_nlink > 1) {
            const auto [first, is_new] = linked.try_emplace(status.st_ino, item.path);
            if (!is_new) {
                entry.type = io::EntryType::hard_link;
                entry.link_target = first->second;
                return;
            }
        }
        if (entry.type == io::EntryType::symlink) {
            entry.link_target = sys::read_link(node);
        } else if (entry.type == io::EntryType::char_device ||
                   entry.type == io::EntryType::block_device) {
            entry.device_major = major(status.st_rdev);
            entry.device_minor = minor(status.st_rdev);
        } else if (entry.type == io::EntryType::file) {
            entry.size = open_data(node);
        }
        for (std::string& xattr : sys::list_xattrs(node)) {
            if (!is_kept(xattr)) {
                continue;
            }
            if (auto value = sys::find_xattr(node, xattr)) {
                entry.xattrs.push_back({std::move(xattr), *std::move(value)});
            }
        }
    }

    /// Some of what lies ready; 0 if nothing does.
    std::size_t take(std::span<std::byte> into)
    {
        if (made_taken < made.text.size()) {
            const std::size_t count = std::min(into.size(), made.text.size() - made_taken);
            std::memcpy(into.data(), made.text.data() + made_taken, count);
            made_taken += count;
            return count;
        }
        made.text.clear();
        made_taken = 0;
        if (!file) {
            return 0;
        }
        return take_data(into);
    }

    std::size_t take_data(std::span<std::byte> into)
    {
        const std::size_t wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), file_size - file_offset));
        const std::size_t count = sys::read_full_at(file, into.first(wanted), file_offset);
        if (count < wanted) {
            throw Error{Errc::conflict,
                        fmt::format("/{} became shorter while it was read", file_path),
                        "Try again, without --pause=false."};
        }
        file_offset += count;
        if (file_offset == file_size) {
            writer.skip_data(file_size);
            file.reset();
        }
        return count;
    }
};

UpperTar::UpperTar(const sys::Fd& upper, const erofs::Reader* base, const UpperTarOptions& options)
    : state_{std::make_unique<State>(upper, options)}
{
    Planner planner{options.form, sys::status_of(upper)};
    walk_upper(upper, base, options.form,
               {.entry = [&](const UpperEntry& entry) { planner.enter(entry); },
                .left = [&](const UpperEntry&) { planner.leave(); }});
    state_->items = std::move(planner.items);
}

UpperTar::~UpperTar() = default;

bool UpperTar::empty() const noexcept
{
    return state_->items.empty();
}

std::size_t UpperTar::read(std::span<std::byte> into)
{
    for (;;) {
        if (const std::size_t count = state_->take(into); count > 0) {
            return count;
        }
        if (state_->next_item < state_->items.size()) {
            Item& item = state_->items[state_->next_item++];
            in_context([&] { return fmt::format("reading /{} of the container", item.path); },
                       [&] { state_->begin(item); });
        } else if (!std::exchange(state_->finished, true)) {
            state_->writer.finish();
        } else {
            return 0;
        }
    }
}

} // namespace strata::container
