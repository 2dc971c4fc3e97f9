// SPDX-License-Identifier: Apache-2.0
#include "sys/copy.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace strata::sys {
namespace {

// Linux moves at most this much in one call, whatever is asked.
constexpr std::uint64_t kMaxAtOnce = 0x7ffff000;

/// What is left to copy. Each way takes what it can; the next one goes on where it stopped.
struct Rest {
    std::uint64_t offset;
    std::uint64_t count;

    void advance(ssize_t moved)
    {
        if (moved == 0) {
            throw Error{Errc::corrupt, fmt::format("the file ends {} bytes early", count)};
        }
        offset += static_cast<std::uint64_t>(moved);
        count -= static_cast<std::uint64_t>(moved);
    }
    std::size_t at_once() const { return static_cast<std::size_t>(std::min(count, kMaxAtOnce)); }
};

/// True if this way does not work for these two files, as opposed to having failed.
bool cannot(int error_number)
{
    switch (error_number) {
    case EXDEV:      // another file system type, before 5.19
    case EINVAL:     // a pipe, a special file, overlapping ranges
    case EBADF:      // O_APPEND
    case EOPNOTSUPP: // the file system has no such thing
    case ENOSYS:
    case EPERM: // an immutable or sealed file, and seccomp filters
        return true;
    default:
        return false;
    }
}

void copy_in_kernel(const Fd& from, Rest& rest, const Fd& to)
{
    while (rest.count > 0) {
        auto offset = static_cast<off64_t>(rest.offset);
        const ssize_t moved =
            ::copy_file_range(from.get(), &offset, to.get(), nullptr, rest.at_once(), 0);
        // Files below /proc and some network file systems claim to be empty here and are not.
        if (moved == 0 || (moved < 0 && cannot(errno))) {
            return;
        }
        if (moved < 0 && errno != EINTR) {
            throw_errno("copy {} bytes", rest.count);
        }
        if (moved > 0) {
            rest.advance(moved);
        }
    }
}

void send_in_kernel(const Fd& from, Rest& rest, const Fd& to)
{
    while (rest.count > 0) {
        auto offset = static_cast<off64_t>(rest.offset);
        const ssize_t moved = ::sendfile64(to.get(), from.get(), &offset, rest.at_once());
        if (moved < 0 && cannot(errno)) {
            return;
        }
        if (moved < 0 && errno != EINTR) {
            throw_errno("copy {} bytes", rest.count);
        }
        if (moved >= 0) {
            rest.advance(moved);
        }
    }
}

void copy_by_hand(const Fd& from, Rest& rest, const Fd& to)
{
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(rest.count, 1 << 18)));
    while (rest.count > 0) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(rest.count, buffer.size()));
        const std::size_t got = read_full_at(from, std::span{buffer}.first(wanted), rest.offset);
        write_all(to, std::span{buffer}.first(got));
        rest.advance(static_cast<ssize_t>(got));
    }
}

} // namespace

void copy_bytes(const Fd& from, std::uint64_t offset, std::uint64_t count, const Fd& to)
{
    Rest rest{offset, count};
    copy_in_kernel(from, rest, to);
    send_in_kernel(from, rest, to);
    copy_by_hand(from, rest, to);
}

void copy_sparse(const Fd& from, const Fd& to)
{
    if (::ioctl(to.get(), FICLONE, from.get()) == 0) {
        return;
    }
    // A position of its own: copying goes through the descriptor's position.
    const Fd target = open_file(fmt::format("/proc/self/fd/{}", to.get()), O_WRONLY);
    const std::uint64_t size = size_of(from);
    resize(target, size);
    for (auto range = next_data(from, 0); range;
         range = next_data(from, range->offset + range->length)) {
        if (::lseek64(target.get(), static_cast<off64_t>(range->offset), SEEK_SET) < 0) {
            throw_errno("seek");
        }
        copy_bytes(from, range->offset, range->length, target);
    }
}

std::optional<DataRange> next_data(const Fd& file, std::uint64_t offset)
{
    const off64_t start = ::lseek64(file.get(), static_cast<off64_t>(offset), SEEK_DATA);
    if (start < 0 && errno == ENXIO) {
        return std::nullopt;
    }
    if (start < 0 && errno != EINVAL) {
        throw_errno("look for data at {}", offset);
    }
    if (start < 0) { // no SEEK_DATA here
        const std::uint64_t size = size_of(file);
        return offset < size ? std::optional{DataRange{offset, size - offset}} : std::nullopt;
    }
    const off64_t end = ::lseek64(file.get(), start, SEEK_HOLE);
    if (end < 0) {
        throw_errno("look for a hole at {}", start);
    }
    return DataRange{static_cast<std::uint64_t>(start), static_cast<std::uint64_t>(end - start)};
}

void reserve_space(const Fd& file, std::uint64_t bytes)
{
    if (bytes == 0 ||
        ::fallocate64(file.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off64_t>(bytes)) == 0 ||
        cannot(errno)) {
        return;
    }
    throw_errno("reserve {} bytes", bytes);
}

void resize(const Fd& file, std::uint64_t bytes)
{
    if (::ftruncate64(file.get(), static_cast<off64_t>(bytes)) != 0) {
        throw_errno("set a file's size to {}", bytes);
    }
}

} // namespace strata::sys
