// SPDX-License-Identifier: Apache-2.0
//
// Removing a tree that a stranger may have filled, and may still be changing.
//
// Every step is one name below an open folder: nothing is followed, nothing is resolved twice, so
// swapping a folder for a symlink meanwhile leads nowhere. openat2(RESOLVE_NO_XDEV) stops at
// mounts, bind mounts included, which comparing device numbers would miss.
//
// A container can nest folders deeper than there are descriptors or stack. Beyond kMaxDepth a
// folder is moved up into the top of the tree, where the next pass finds it; depth then costs time
// only.
#include "base/error.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace strata::sys {
namespace {

constexpr unsigned kMaxDepth = 64;

/// A descriptor of the folder `name`, or none, with errno set.
Fd try_open_folder(const Fd& parent, const std::string& name, std::uint64_t flags)
{
    ::open_how how{};
    how.flags = flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
    return Fd{
        static_cast<int>(::syscall(SYS_openat2, parent.get(), name.c_str(), &how, sizeof how))};
}

class TreeRemover {
public:
    TreeRemover(const Fd& parent, Path shown) : parent_{parent}, shown_{std::move(shown)} {}

    void remove(const std::string& name)
    {
        if (!unlink(parent_, name)) {
            return;
        }
        std::optional<Fd> top = open(parent_, name);
        if (!top) {
            return;
        }
        top_ = &*top;
        do {
            moved_up_ = false;
            empty(*top_, 1);
        } while (moved_up_);
        top_ = nullptr;
        drop(parent_, name);
    }

private:
    /// Removes anything but a folder; true if it is one.
    bool unlink(const Fd& folder, const std::string& name) const
    {
        if (::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT) {
            return false;
        }
        if (errno == EISDIR || errno == EPERM) { // POSIX says EPERM, Linux EISDIR
            struct ::stat status {};
            if (errno == EISDIR ||
                (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISDIR(status.st_mode))) {
                return true;
            }
            errno = EPERM;
        }
        throw_errno("remove {} in {}", name, shown_.native());
    }

    /// Nothing when it is gone by now.
    std::optional<Fd> open(const Fd& parent, const std::string& name) const
    {
        Fd folder = try_open_folder(parent, name, O_RDONLY);
        if (!folder && errno == EACCES) {
            // Our own folder with its rights taken away, met when we are not root.
            if (const Fd handle = try_open_folder(parent, name, O_PATH)) {
                ::chmod(fmt::format("/proc/self/fd/{}", handle.get()).c_str(), 0700);
                folder = try_open_folder(parent, name, O_RDONLY);
            }
        }
        if (folder) {
            return folder;
        }
        if (errno == ENOENT) {
            return std::nullopt;
        }
        if (errno == EXDEV) {
            throw Error{Errc::conflict,
                        fmt::format("{} in {} is a mount point", name, shown_.native())};
        }
        throw_errno("open folder {} in {}", name, shown_.native());
    }

    void drop(const Fd& parent, const std::string& name) const
    {
        if (::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) {
            throw_errno("remove folder {} in {}", name, shown_.native());
        }
    }

    void empty(const Fd& folder, unsigned depth)
    {
        FolderReader reader{folder};
        // Some file systems skip names when others vanish between two reads, hence once more until
        // a pass meets nothing.
        for (bool met_any = true; met_any; reader.rewind()) {
            met_any = false;
            while (const auto entry = reader.next()) {
                met_any = true;
                remove_entry(folder, std::string{entry->name}, entry->type, depth);
            }
            if (depth == 1 && moved_up_) {
                return;
            }
        }
    }

    void remove_entry(const Fd& folder, const std::string& name, FileType type, unsigned depth)
    {
        if (type != FileType::folder && !unlink(folder, name)) {
            return;
        }
        if (depth >= kMaxDepth) {
            move_up(folder, name);
            return;
        }
        if (const std::optional<Fd> inner = open(folder, name)) {
            empty(*inner, depth + 1);
            drop(folder, name);
        }
    }

    void move_up(const Fd& folder, const std::string& name)
    {
        moved_up_ = true;
        for (;;) {
            const std::string higher = fmt::format(".deep-{}", next_name_++);
            if (::renameat2(folder.get(), name.c_str(), top_->get(), higher.c_str(),
                            RENAME_NOREPLACE) == 0 ||
                errno == ENOENT) {
                return;
            }
            if (errno != EEXIST) {
                throw_errno("move {} up in {}", name, shown_.native());
            }
        }
    }

    const Fd& parent_;
    Path shown_; // for messages only
    const Fd* top_ = nullptr;
    bool moved_up_ = false;
    std::uint64_t next_name_ = 0;
};

} // namespace

void remove_tree(const Path& path)
{
    const Path whole = path.has_filename() ? path : path.parent_path(); // no trailing slash
    if (whole.filename().empty() || whole.filename() == "." || whole.filename() == "..") {
        throw Error{Errc::invalid_argument, fmt::format("'{}' cannot be removed", path.native())};
    }
    const Path folder = whole.has_parent_path() ? whole.parent_path() : Path{"."};
    const std::optional<Fd> parent = find_file(folder, O_PATH | O_DIRECTORY);
    if (parent) {
        TreeRemover{*parent, whole}.remove(whole.filename().native());
    }
}

void remove(const Node& node)
{
    if (find_status(node)) {
        TreeRemover{node.folder, node.name}.remove(node.name);
    }
}

} // namespace strata::sys
