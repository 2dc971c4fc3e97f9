// SPDX-License-Identifier: Apache-2.0
#include "sys/pending_file.hpp"

#include "base/error.hpp"
#include "sys/random.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace strata::sys {
namespace {

Path fresh_name(const Path& folder)
{
    return folder / (".pending-" + random_hex(8));
}

} // namespace

PendingFile PendingFile::create(const Path& folder)
{
    if (Fd file{::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600)}) {
        return PendingFile{std::move(file), {}};
    }
    if (errno != EOPNOTSUPP && errno != EISDIR) { // not every file system has nameless files
        throw_errno("create a file in {}", folder.native());
    }
    for (;;) {
        Path path = fresh_name(folder);
        Fd file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (file) {
            return PendingFile{std::move(file), std::move(path)};
        }
        if (errno != EEXIST) {
            throw_errno("create a file in {}", folder.native());
        }
    }
}

PendingFile::~PendingFile()
{
    if (!name_.empty()) {
        ::unlink(name_.c_str());
    }
}

void PendingFile::commit(const Path& target, unsigned mode)
{
    if (::fchmod(file_.get(), mode) != 0) {
        throw_errno("set the mode of {}", target.native());
    }
    sync_data(file_);
    const Path folder = target.has_parent_path() ? target.parent_path() : Path{"."};
    if (name_.empty()) {
        // A link cannot replace what is there, a rename can.
        Path name = fresh_name(folder);
        const std::string own = "/proc/self/fd/" + std::to_string(file_.get());
        if (::linkat(AT_FDCWD, own.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0 &&
            ::linkat(file_.get(), "", AT_FDCWD, name.c_str(), AT_EMPTY_PATH) != 0) {
            throw_errno("link {}", target.native());
        }
        name_ = std::move(name);
    }
    rename_file(name_, target);
    name_.clear();
    sync_folder(folder);
}

} // namespace strata::sys
