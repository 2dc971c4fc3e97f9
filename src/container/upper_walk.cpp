// SPDX-License-Identifier: Apache-2.0
#include "container/upper_walk.hpp"

#include "base/error.hpp"
#include "container/init_files.hpp"
#include "erofs/reader.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <vector>

namespace strata::container {
namespace {

constexpr const char* kOpaque = "trusted.overlay.opaque";
constexpr std::size_t kLongestPath = 4096; // what a layer can name
constexpr const char* kCapability = "security.capability";

using Status = struct ::stat;
using Base = std::optional<erofs::Inode>;

mode_t mode_type(io::EntryType type)
{
    switch (type) {
    case io::EntryType::file:
    case io::EntryType::hard_link:
        return S_IFREG;
    case io::EntryType::symlink:
        return S_IFLNK;
    case io::EntryType::directory:
        return S_IFDIR;
    case io::EntryType::char_device:
        return S_IFCHR;
    case io::EntryType::block_device:
        return S_IFBLK;
    case io::EntryType::fifo:
        return S_IFIFO;
    }
    return 0;
}

bool is_whiteout(const Status& status)
{
    return S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

/// Docker's rule for times: seconds alone when one side has no nanoseconds, because layers often
/// have none.
bool same_time(const io::TarTime& base, const ::timespec& now)
{
    const auto nanoseconds = static_cast<std::uint32_t>(now.tv_nsec);
    return base.seconds == now.tv_sec &&
           (base.nanoseconds == nanoseconds || base.nanoseconds == 0 || nanoseconds == 0);
}

class Walk {
public:
    Walk(const erofs::Reader* base, UpperForm form, const UpperVisitor& visitor)
        : base_{base}, form_{form}, visitor_{visitor}
    {
    }

    /// `base` is what the image has at `path`, if that is visible; `hides_base`: an opaque folder.
    void folder(const sys::Fd& folder, const std::string& path, const Base& base, bool hides_base)
    {
        std::vector<std::string> names = sys::sorted_names(folder);
        if (path.size() > kLongestPath) {
            throw Error{Errc::exhausted, fmt::format("a folder of the container is too deep: /{}…",
                                                     path.substr(0, 60))};
        }
        add_missing(names, base, hides_base);
        for (const std::string& name : names) {
            entry(folder, name, path.empty() ? name : fmt::format("{}/{}", path, name), base,
                  hides_base);
        }
    }

private:
    /// Adds the names of the image that the written folder lacks, where lacking means deleted.
    void add_missing(std::vector<std::string>& names, const Base& base, bool hides_base) const
    {
        if (!base || base->type != io::EntryType::directory ||
            (!hides_base && form_ != UpperForm::whole)) {
            return;
        }
        const std::size_t written = names.size();
        base_->list(*base, [&](std::string_view name, const erofs::Inode&) {
            if (!std::binary_search(names.begin(),
                                    names.begin() + static_cast<std::ptrdiff_t>(written), name)) {
                names.emplace_back(name);
            }
            return true;
        });
        std::ranges::sort(names);
    }

    Base child_of(const Base& folder, const std::string& name) const
    {
        return folder && folder->type == io::EntryType::directory ? base_->find_child(*folder, name)
                                                                  : std::nullopt;
    }

    void entry(const sys::Fd& folder, const std::string& name, std::string path, const Base& parent,
               bool hides_base)
    {
        const sys::Node node{folder, name};
        const Base base = child_of(parent, name);
        const auto status = sys::find_status(node);
        if (!status || (form_ == UpperForm::overlay && is_whiteout(*status))) {
            if (base) { // a whiteout of nothing: made and deleted again
                visitor_.entry({.path = std::move(path), .presence = Presence::deleted});
            }
            return;
        }

        UpperEntry found{.path = std::move(path), .status = *status};
        bool invisible = false;
        if (!base) {
            const InitFile* init = find_init_file(found.path);
            invisible = init != nullptr && is_untouched(*init, *status);
            found.presence = Presence::added;
        } else if (mode_type(base->type) != (status->st_mode & S_IFMT)) {
            found.presence = Presence::replaced;
        } else {
            found.differs = differs(node, *base, *status);
        }
        if (!found.is_folder()) {
            if (!invisible) {
                visitor_.entry(found);
            }
            return;
        }

        const auto mark =
            form_ == UpperForm::overlay ? sys::find_xattr(node, kOpaque) : std::nullopt;
        found.opaque = mark == "y" && base && base->type == io::EntryType::directory;
        if (invisible) { // as if the image had it
            found.presence = Presence::present;
        }
        visitor_.entry(found);
        const sys::Fd inside = sys::open_file(node, O_RDONLY | O_DIRECTORY);
        this->folder(inside, found.path, base, hides_base || mark == "y");
        if (visitor_.left) {
            visitor_.left(found);
        }
    }

    bool differs(const sys::Node& node, const erofs::Inode& base, const Status& now) const
    {
        if (base.mode != (now.st_mode & 07777) || base.uid != now.st_uid ||
            base.gid != now.st_gid) {
            return true;
        }
        if (S_ISCHR(now.st_mode) || S_ISBLK(now.st_mode)) {
            if (base.device_major != major(now.st_rdev) ||
                base.device_minor != minor(now.st_rdev)) {
                return true;
            }
        }
        if (!S_ISDIR(now.st_mode) && (base.size != static_cast<std::uint64_t>(now.st_size) ||
                                      !same_time(base.mtime, now.st_mtim))) {
            return true;
        }
        return S_ISREG(now.st_mode) && sys::find_xattr(node, kCapability) != capability_of(base);
    }

    std::optional<std::string> capability_of(const erofs::Inode& inode) const
    {
        for (const io::Xattr& xattr : base_->xattrs(inode)) {
            if (xattr.name == kCapability) {
                return xattr.value;
            }
        }
        return std::nullopt;
    }

    const erofs::Reader* base_;
    UpperForm form_;
    const UpperVisitor& visitor_;
};

} // namespace

void walk_upper(const sys::Fd& upper, const erofs::Reader* base, UpperForm form,
                const UpperVisitor& visitor)
{
    Walk{base, form, visitor}.folder(upper, {}, base != nullptr ? Base{base->root()} : Base{},
                                     false);
}

} // namespace strata::container
