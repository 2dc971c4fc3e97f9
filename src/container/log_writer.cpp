// SPDX-License-Identifier: Apache-2.0
#include "container/log_writer.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

#include <fmt/format.h>

#include <fcntl.h>

namespace strata::container {
namespace {

constexpr std::size_t kLongestLine = 16 << 10;
constexpr std::size_t kWriteAt = 64 << 10;

constexpr std::string_view name_of(Stream stream)
{
    return stream == Stream::output ? "stdout" : "stderr";
}

sys::Path numbered(const sys::Path& path, std::uint32_t number)
{
    return number == 0 ? path : sys::Path{fmt::format("{}.{}", path.string(), number)};
}

} // namespace

LogWriter::LogWriter(sys::Path path, LogLimits limits)
    : path_{std::move(path)}
    , limits_{limits}
    , file_{sys::open_file(path_, O_WRONLY | O_CREAT | O_APPEND, 0640)}
    , size_{sys::size_of(file_)}
{
}

LogWriter::~LogWriter()
{
    end(Stream::output);
    end(Stream::errors);
}

void LogWriter::write(Stream stream, std::string_view bytes)
{
    std::string& partial = partial_[static_cast<std::size_t>(stream)];
    while (!bytes.empty()) {
        const std::size_t room = kLongestLine - partial.size();
        const std::size_t newline = bytes.substr(0, room).find('\n');
        const bool ends = newline != std::string_view::npos;
        const std::size_t count = ends ? newline + 1 : std::min(room, bytes.size());
        const std::string_view piece = bytes.substr(0, count);
        bytes.remove_prefix(count);
        if (!ends && partial.size() + count < kLongestLine) {
            partial += piece;
        } else if (partial.empty()) {
            add(stream, piece);
        } else {
            partial += piece;
            add(stream, partial);
            partial.clear();
        }
    }
}

void LogWriter::end(Stream stream)
{
    std::string& partial = partial_[static_cast<std::size_t>(stream)];
    if (!partial.empty()) {
        add(stream, partial);
        partial.clear();
    }
    write_out();
}

void LogWriter::flush()
{
    write_out();
}

void LogWriter::add(Stream stream, std::string_view line)
{
    fmt::format_to(
        std::back_inserter(pending_), "{{\"log\":{},\"stream\":\"{}\",\"time\":\"{}\"}}\n",
        json::quote(line, json::EscapeHtml::yes), name_of(stream), format_rfc3339(now()));
    if (pending_.size() >= kWriteAt) {
        write_out();
    }
}

void LogWriter::write_out()
{
    if (pending_.empty()) {
        return;
    }
    if (dropped_ > 0) {
        pending_.insert(
            0,
            fmt::format("{{\"log\":\"[{} bytes of the log were lost: it could not be written]\\n\","
                        "\"stream\":\"stderr\",\"time\":\"{}\"}}\n",
                        dropped_, format_rfc3339(now())));
    }
    std::string_view rest = pending_;
    try {
        while (!rest.empty()) {
            const std::size_t piece = fitting(rest);
            if (piece == 0) {
                rotate();
                continue;
            }
            sys::write_all(file_, rest.substr(0, piece));
            size_ += piece;
            rest.remove_prefix(piece);
        }
        dropped_ = 0;
    } catch (const Error&) { // most likely the disk is full; said in the log once it is not
        dropped_ += rest.size();
    }
    pending_.clear();
}

/// How many bytes of `objects` the file still takes: whole ones, and in an empty file at least one.
std::size_t LogWriter::fitting(std::string_view objects) const
{
    const std::uint64_t room = limits_.bytes - std::min(size_, limits_.bytes);
    if (objects.size() <= room) {
        return objects.size();
    }
    const std::size_t end = objects.substr(0, static_cast<std::size_t>(room)).rfind('\n');
    if (end == std::string_view::npos && size_ == 0) {
        return objects.find('\n') + 1;
    }
    return end + 1; // npos + 1 is 0
}

void LogWriter::rotate()
{
    for (std::uint32_t number = std::max(limits_.files, 1u) - 1; number >= 1; --number) {
        const sys::Path from = numbered(path_, number - 1);
        if (sys::find_status(from)) {
            sys::rename_file(from, numbered(path_, number));
        }
    }
    file_ = sys::open_file(path_, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0640);
    size_ = 0;
}

} // namespace strata::container
