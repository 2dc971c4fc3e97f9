// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::container {

enum class Stream : std::uint8_t { output, errors };

struct LogLimits {
    std::uint64_t bytes = 10 << 20; // of one file
    std::uint32_t files = 3;        // with the one being written
};

/// What a container printed, in Docker's json-file format: one object a line,
/// {"log":"…\n","stream":"stdout","time":"…"}. A line over 16 KiB is cut into several objects, the
/// last of which ends in \n. `<path>` is written; when it is full it becomes `<path>.1`, that one
/// `<path>.2`, and the oldest goes.
///
/// Not synced: a log is worth less than the disk's time. A write that fails (disk full) drops the
/// output and says so, once, when writing works again: a container must not stop because its log
/// cannot grow.
class LogWriter {
public:
    explicit LogWriter(sys::Path path, LogLimits limits = {});
    ~LogWriter(); // flush()

    /// Bytes as they came from the container, cut anywhere.
    void write(Stream stream, std::string_view bytes);
    /// Writes out the lines that have ended. Call when the container has nothing more to say for
    /// now.
    void flush();
    /// The stream has ended, perhaps without a last newline.
    void end(Stream stream);

private:
    void add(Stream stream, std::string_view line);
    void write_out();
    std::size_t fitting(std::string_view objects) const;
    void rotate();

    sys::Path path_;
    LogLimits limits_;
    sys::Fd file_;
    std::uint64_t size_ = 0;
    std::string partial_[2]; // of each stream
    std::string pending_;    // whole objects, not yet written
    std::uint64_t dropped_ = 0;
};

} // namespace strata::container
