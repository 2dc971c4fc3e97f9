// SPDX-License-Identifier: Apache-2.0
#include "io/fd_stream.hpp"

#include "base/error.hpp"
#include "base/stop.hpp"
#include "sys/file.hpp"

#include <unistd.h>

#include <algorithm>

namespace strata::io {

FdSource::FdSource(sys::Fd file) : file_{std::move(file)}
{
    const struct ::stat status = sys::status_of(file_);
    // A regular file of size 0 may be one of /proc's, which only plain reading reveals.
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        const off_t position = ::lseek(file_.get(), 0, SEEK_CUR);
        if (position < 0) {
            throw_errno("ask for the position in a file");
        }
        by_offset_ = true;
        offset_ = static_cast<std::uint64_t>(position);
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
}

FdSource::FdSource(sys::Fd file, std::stop_token stop) : FdSource{std::move(file)}
{
    stop_ = std::move(stop);
    if (stop_.stop_possible() && !by_offset_) {
        stop_event_ = std::make_unique<sys::StopEvent>(stop_);
    }
}

FdSource FdSource::borrow(const sys::Fd& file)
{
    return FdSource{file.duplicate()};
}

FdSource::FdSource(sys::Fd file, std::uint64_t offset, std::uint64_t length)
    : file_{std::move(file)}
    , by_offset_{true}
    , offset_{offset}
    , left_{length}
    , size_{sys::size_of(file_)}
{
}

void FdSource::wait() const
{
    throw_if_stopped(stop_);
    if (stop_event_) {
        sys::wait_readable(file_, *stop_event_);
    }
}

std::size_t FdSource::read(std::span<std::byte> into)
{
    wait();
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_)));
    const std::size_t got =
        by_offset_ ? sys::read_full_at(file_, into, offset_) : sys::read_some(file_, into);
    offset_ += got;
    left_ -= got;
    return got;
}

std::uint64_t FdSource::skip(std::uint64_t count)
{
    const std::uint64_t ahead = size_ > offset_ ? size_ - offset_ : 0;
    const std::uint64_t jump = std::min({count, left_, ahead});
    offset_ += jump;
    left_ -= jump;
    return jump + (jump < count ? Source::skip(count - jump) : 0);
}

void FdSink::write(std::span<const std::byte> bytes)
{
    sys::write_all(file_, bytes);
}

} // namespace strata::io
