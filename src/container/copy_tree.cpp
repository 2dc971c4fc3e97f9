// SPDX-License-Identifier: Apache-2.0
#include "container/copy_tree.hpp"

#include "base/error.hpp"
#include "sys/copy.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/node.hpp"
#include "sys/root.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>
#include <unordered_map>

namespace strata::container {
namespace {

using Status = struct ::stat;

constexpr int kDeepest = 1000;

class Copier {
public:
    explicit Copier(const sys::Fd& to) : root_{to} {}

    void folder(const sys::Fd& from, const sys::Fd& to, const std::string& path, int depth)
    {
        if (depth > kDeepest) {
            throw Error{Errc::exhausted, "folders are nested too deeply to be copied"};
        }
        for (const std::string& name : sys::sorted_names(from)) {
            entry({from, name}, {to, name}, path.empty() ? name : fmt::format("{}/{}", path, name),
                  depth);
        }
    }

    static void attributes(const sys::Node& from, const sys::Node& to, const Status& status)
    {
        sys::set_owner(to, status.st_uid, status.st_gid);
        sys::set_mode(to, status.st_mode & 07777);
        for (const std::string& xattr : sys::list_xattrs(from)) {
            if (xattr.starts_with("user.") || xattr == "security.capability" ||
                xattr.starts_with("system.posix_acl_")) {
                if (const auto value = sys::find_xattr(from, xattr)) {
                    sys::set_xattr(to, xattr, *value);
                }
            }
        }
        sys::set_mtime(to, status.st_mtim.tv_sec,
                       static_cast<std::uint32_t>(status.st_mtim.tv_nsec));
    }

private:
    void entry(const sys::Node& from, const sys::Node& to, const std::string& path, int depth)
    {
        const auto found = sys::find_status(from);
        if (!found || S_ISSOCK(found->st_mode)) {
            return;
        }
        const Status& status = *found;
        if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) {
            const auto [first, is_new] = linked_.try_emplace(status.st_ino, path);
            if (!is_new) {
                link(first->second, to);
                return;
            }
        }
        switch (status.st_mode & S_IFMT) {
        case S_IFDIR:
            sys::create_folder(to, 0700);
            folder(sys::open_file(from, O_RDONLY | O_DIRECTORY), sys::open_folder(to), path,
                   depth + 1);
            break;
        case S_IFREG:
            sys::copy_sparse(sys::open_file(from, O_RDONLY), sys::create_file(to, 0600));
            break;
        case S_IFLNK:
            sys::create_symlink(to, sys::read_link(from));
            break;
        default:
            sys::create_special(to, status.st_mode, major(status.st_rdev), minor(status.st_rdev));
        }
        attributes(from, to, status);
    }

    void link(const std::string& existing, const sys::Node& to) const
    {
        const auto slash = existing.rfind('/');
        const sys::Fd folder = slash == std::string::npos
                                   ? root_.duplicate()
                                   : sys::Root{root_.duplicate(), sys::Resolve::beneath}.open_file(
                                         existing.substr(0, slash), O_PATH | O_DIRECTORY);
        const std::string name = slash == std::string::npos ? existing : existing.substr(slash + 1);
        sys::create_hard_link({folder, name}, to);
    }

    const sys::Fd& root_;
    std::unordered_map<std::uint64_t, std::string> linked_; // inode to where it was copied first
};

} // namespace

void copy_tree(const sys::Fd& from, const sys::Fd& to)
{
    Copier{to}.folder(from, to, {}, 0);
}

} // namespace strata::container
