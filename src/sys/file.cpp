// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace strata::sys {
namespace {

bool means_absent(int error_number)
{
    return error_number == ENOENT || error_number == ENOTDIR;
}

/// read(2) and its like, again when a signal came first. -1 only for real failures.
template <typename Call>
ssize_t retrying(Call call)
{
    for (;;) {
        const ssize_t result = call();
        if (result >= 0 || errno != EINTR) {
            return result;
        }
    }
}

void make_one_folder(const Path& folder, unsigned mode)
{
    if (::mkdir(folder.c_str(), mode) != 0) {
        throw_errno("create folder {}", folder.native());
    }
    // mkdir subtracts the umask of whoever started us; what others may see must not depend on that.
    if (::chmod(folder.c_str(), mode) != 0) {
        throw_errno("set the mode of {}", folder.native());
    }
}

bool is_folder(const Path& path)
{
    struct ::stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

} // namespace

Fd open_file(const Path& path, int flags, unsigned mode)
{
    Fd file{::open(path.c_str(), flags | O_CLOEXEC, mode)};
    if (!file) {
        throw_errno("open {}", path.native());
    }
    return file;
}

std::optional<Fd> find_file(const Path& path, int flags)
{
    Fd file{::open(path.c_str(), flags | O_CLOEXEC)};
    if (file) {
        return file;
    }
    if (means_absent(errno)) {
        return std::nullopt;
    }
    throw_errno("open {}", path.native());
}

Fd create_memory_file()
{
    Fd file{::memfd_create("strata", MFD_CLOEXEC)};
    if (!file) {
        throw_errno("create a file in memory");
    }
    return file;
}

Fd create_unnamed_file(const Path& folder)
{
    return open_file(folder, O_TMPFILE | O_RDWR, 0600);
}

struct ::stat status_of(const Fd& file)
{
    struct ::stat status {};
    if (::fstat(file.get(), &status) != 0) {
        throw_errno("fstat");
    }
    return status;
}

std::optional<struct ::stat> find_status(const Path& path)
{
    struct ::stat status {};
    if (::lstat(path.c_str(), &status) == 0) {
        return status;
    }
    if (means_absent(errno)) {
        return std::nullopt;
    }
    throw_errno("look at {}", path.native());
}

std::uint64_t size_of(const Fd& file)
{
    return static_cast<std::uint64_t>(status_of(file).st_size);
}

std::size_t read_some(const Fd& file, std::span<std::byte> into)
{
    const ssize_t got = retrying([&] { return ::read(file.get(), into.data(), into.size()); });
    if (got < 0 && errno == EIO && ::isatty(file.get()) != 0) {
        return 0;
    }
    if (got < 0) {
        throw_errno("read");
    }
    return static_cast<std::size_t>(got);
}

std::size_t read_full(const Fd& file, std::span<std::byte> into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const std::size_t got = read_some(file, into.subspan(done));
        if (got == 0) {
            break;
        }
        done += got;
    }
    return done;
}

std::size_t read_full_at(const Fd& file, std::span<std::byte> into, std::uint64_t offset)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t got = retrying([&] {
            return ::pread(file.get(), into.data() + done, into.size() - done,
                           static_cast<off_t>(offset + done));
        });
        if (got < 0) {
            throw_errno("read at {}", offset + done);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void write_all(const Fd& file, std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t put =
            retrying([&] { return ::write(file.get(), bytes.data(), bytes.size()); });
        if (put < 0) {
            throw_errno("write");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
}

void write_all(const Fd& file, std::string_view text)
{
    write_all(file, std::as_bytes(std::span{text}));
}

void write_all_at(const Fd& file, std::span<const std::byte> bytes, std::uint64_t offset)
{
    while (!bytes.empty()) {
        const ssize_t put = retrying([&] {
            return ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        });
        if (put < 0) {
            throw_errno("write at {}", offset);
        }
        offset += static_cast<std::uint64_t>(put);
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
}

std::string read_small_file(const Path& path, std::uint64_t limit)
{
    return in_context([&] { return fmt::format("reading {}", path.native()); },
                      [&] { return read_small_file(open_file(path, O_RDONLY), limit); });
}

std::string read_small_file(const Fd& file, std::uint64_t limit)
{
    // The size is only a hint: files below /proc claim zero, and others may grow while we read.
    const std::uint64_t expected = std::min(size_of(file), limit);
    std::string content(static_cast<std::size_t>(expected) + 1, '\0');
    std::size_t length = 0;
    for (;;) {
        const std::span<char> rest = std::span{content}.subspan(length);
        const std::size_t got = read_full(file, std::as_writable_bytes(rest));
        length += got;
        if (length > limit) {
            throw Error{Errc::exhausted, fmt::format("larger than {} bytes", limit)};
        }
        if (got < rest.size()) {
            content.resize(length);
            return content;
        }
        content.resize(content.size() * 2 + 4096);
    }
}

void sync_data(const Fd& file)
{
    if (::fdatasync(file.get()) != 0) {
        throw_errno("sync to disk");
    }
}

void start_write_back(const Fd& file, std::uint64_t offset, std::uint64_t length) noexcept
{
    // What goes wrong here is reported again by whoever syncs.
    ::sync_file_range(file.get(), static_cast<off64_t>(offset), static_cast<off64_t>(length),
                      SYNC_FILE_RANGE_WRITE);
}

void sync_file_system(const Fd& file)
{
    if (::syncfs(file.get()) != 0) {
        throw_errno("sync a file system");
    }
}

void sync_folder(const Path& folder)
{
    const Fd fd = open_file(folder, O_RDONLY | O_DIRECTORY);
    if (::fsync(fd.get()) != 0) {
        throw_errno("sync folder {} to disk", folder.native());
    }
}

void make_folder(const Path& folder, unsigned mode)
{
    make_one_folder(folder, mode);
}

void ensure_folders(const Path& folder, unsigned mode)
{
    if (folder.empty() || is_folder(folder)) {
        return;
    }
    const Path whole = folder.has_filename() ? folder : folder.parent_path(); // no trailing slash
    ensure_folders(whole.parent_path(), mode);
    try {
        make_one_folder(whole, mode);
    } catch (const Error&) {
        if (!is_folder(whole)) { // otherwise somebody else was faster, which is what we wanted
            throw;
        }
    }
}

void rename_file(const Path& from, const Path& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0) {
        throw_errno("rename {} to {}", from.native(), to.native());
    }
}

void rename_new(const Path& from, const Path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
        throw_errno("rename {} to {}", from.native(), to.native());
    }
}

void remove_file(const Path& path)
{
    if (::unlink(path.c_str()) != 0 && !means_absent(errno)) {
        throw_errno("remove {}", path.native());
    }
}

std::uint64_t free_bytes(const Path& folder)
{
    struct ::statvfs status {};
    if (::statvfs(folder.c_str(), &status) != 0) {
        throw_errno("ask for the free space of {}", folder.native());
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
}

} // namespace strata::sys
