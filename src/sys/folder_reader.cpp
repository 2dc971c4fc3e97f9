// SPDX-License-Identifier: Apache-2.0
#include "sys/folder_reader.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <dirent.h>

namespace strata::sys {
namespace {

FileType type_of(unsigned char code)
{
    switch (code) {
    case DT_REG:
        return FileType::file;
    case DT_DIR:
        return FileType::folder;
    case DT_LNK:
        return FileType::symlink;
    case DT_CHR:
        return FileType::char_device;
    case DT_BLK:
        return FileType::block_device;
    case DT_FIFO:
        return FileType::fifo;
    case DT_SOCK:
        return FileType::socket;
    default:
        return FileType::unknown;
    }
}

} // namespace

FolderReader::FolderReader(const Fd& folder)
{
    // Opened anew rather than duplicated: a duplicate would share the reading position.
    Fd own{::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!own) {
        throw_errno("open a folder for reading");
    }
    stream_ = ::fdopendir(own.get());
    if (stream_ == nullptr) {
        throw_errno("read a folder");
    }
    own.release();
}

FolderReader::~FolderReader()
{
    if (stream_ != nullptr) {
        ::closedir(static_cast<DIR*>(stream_));
    }
}

std::optional<FolderEntry> FolderReader::next()
{
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(static_cast<DIR*>(stream_));
        if (entry == nullptr) {
            if (errno != 0) {
                throw_errno("read a folder");
            }
            return std::nullopt;
        }
        const std::string_view name{entry->d_name};
        if (name != "." && name != "..") {
            return FolderEntry{name, type_of(entry->d_type), entry->d_ino};
        }
    }
}

void FolderReader::rewind() noexcept
{
    ::rewinddir(static_cast<DIR*>(stream_));
}

std::vector<std::string> sorted_names(const Fd& folder)
{
    std::vector<std::string> names;
    FolderReader reader{folder};
    while (const auto entry = reader.next()) {
        names.emplace_back(entry->name);
    }
    std::ranges::sort(names);
    return names;
}

} // namespace strata::sys
