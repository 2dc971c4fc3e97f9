// SPDX-License-Identifier: Apache-2.0
#include "sys/pending_file.hpp"

#include "base/error.hpp"
#include "sys/random.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace strata::sys {
PendingFile PendingFile::create(const Path& folder)
{
    for (;;) {
        Path path = folder / (".pending-" + random_hex(8));
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
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

void PendingFile::commit(const Path& target, unsigned mode)
{
    if (::fchmod(file_.get(), mode) != 0) {
        throw_errno("set the mode of {}", target.native());
    }
    sync_data(file_);
    rename_file(path_, target);
    path_.clear();
    sync_folder(target.has_parent_path() ? target.parent_path() : Path{"."});
}

} // namespace strata::sys
