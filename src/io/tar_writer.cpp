// SPDX-License-Identifier: Apache-2.0
//
// docs/formats/layer-tar.md says byte for byte what is written here, and tar_writer_test.cpp holds
// it to digests: a change that alters one byte of an existing layer is a change of format.
#include "io/tar_writer.hpp"

#include "base/error.hpp"
#include "io/printable.hpp"
#include "io/tar_header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <vector>

namespace strata::io {
namespace {

constexpr std::uint64_t kLargestId = 07777777;
constexpr std::uint64_t kLargestSize = 077777777777;

/// Zero-filled octal with a NUL behind. What does not fit is 0: a PAX record says it then.
template <std::size_t size>
void put_octal(char (&field)[size], std::uint64_t value)
{
    if (value >> 3 * (size - 1) != 0) {
        value = 0;
    }
    for (std::size_t i = size - 1; i-- > 0; value >>= 3) {
        field[i] = static_cast<char>('0' + (value & 7));
    }
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](char c) { return (static_cast<unsigned char>(c) & 0x80) == 0; });
}

/// As much of `text` as fits, without what is not ASCII: a PAX record has the rest.
template <std::size_t size>
void put_text(char (&field)[size], std::string_view text)
{
    std::size_t length = 0;
    for (const char c : text) {
        if (length < size && (static_cast<unsigned char>(c) & 0x80) == 0) {
            field[length++] = c;
        }
    }
    // Cut in front of a slash, so that no reader takes a file with a long name for a directory.
    while (length < text.size() && length > 0 && field[length - 1] == '/') {
        field[--length] = '\0';
    }
}

void seal(TarHeader& header)
{
    std::memcpy(header.magic, "ustar", 6);
    std::memcpy(header.version, "00", 2);
    std::uint32_t sum = tar_checksum(header);
    for (int i = 5; i >= 0; --i, sum >>= 3) {
        header.checksum[i] = static_cast<char>('0' + (sum & 7));
    }
    header.checksum[6] = '\0';
    header.checksum[7] = ' ';
}

/// Where ustar may cut a long name into prefix and name, if it may.
std::optional<std::size_t> split_of(std::string_view path)
{
    constexpr std::size_t kName = sizeof TarHeader::name;
    constexpr std::size_t kPrefix = sizeof TarHeader::prefix;
    if (path.size() <= kName || !is_ascii(path)) {
        return std::nullopt;
    }
    // The last slash that leaves the prefix short enough; a directory's own slash is none to cut
    // at.
    const std::size_t from = std::min(path.size() - 2, kPrefix);
    const std::size_t slash = path.rfind('/', from);
    if (slash == path.npos || slash == 0 || path.size() - slash - 1 > kName) {
        return std::nullopt;
    }
    return slash;
}

char type_letter(EntryType type)
{
    switch (type) {
    case EntryType::file:
        return '0';
    case EntryType::hard_link:
        return '1';
    case EntryType::symlink:
        return '2';
    case EntryType::char_device:
        return '3';
    case EntryType::block_device:
        return '4';
    case EntryType::directory:
        return '5';
    case EntryType::fifo:
        return '6';
    }
    throw Error{Errc::internal, "an entry of no type"};
}

/// "<length> <key>=<value>\n", where the length counts its own digits.
void append_record(std::string& records, std::string_view key, std::string_view value)
{
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (fmt::formatted_size("{}", length) + rest != length) {
        ++length;
    }
    fmt::format_to(std::back_inserter(records), "{} {}=", length, key);
    records.append(value).append(1, '\n');
}

std::string time_text(const TarTime& time)
{
    if (time.nanoseconds == 0) {
        return fmt::format("{}", time.seconds);
    }
    std::string text = time.seconds >= 0 ? fmt::format("{}.{:09}", time.seconds, time.nanoseconds)
                                         : fmt::format("-{}.{:09}", -(time.seconds + 1),
                                                       1'000'000'000 - time.nanoseconds);
    text.resize(text.find_last_not_of('0') + 1);
    return text;
}

std::string url_encode(std::string_view text)
{
    std::string encoded;
    for (const char c : text) {
        if (c > ' ' && c < 0x7f && c != '%' && c != '=') {
            encoded += c;
        } else {
            fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

std::string base64_encode(std::string_view text)
{
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string encoded;
    for (std::size_t at = 0; at < text.size(); at += 3) {
        const std::string_view group = text.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<std::uint8_t>(group[i]) : 0u);
        }
        for (std::size_t i = 0; i <= group.size(); ++i) {
            encoded += kDigits[bits >> (18 - 6 * i) & 63];
        }
    }
    return encoded;
}

/// SCHILY's spelling is what everybody reads, but it has no way to say a name with '=' in it.
void append_xattrs(std::string& records, const std::vector<Xattr>& xattrs)
{
    std::vector<std::pair<std::string, std::string>> lines;
    for (const Xattr& xattr : xattrs) {
        if (xattr.name.find('=') == xattr.name.npos) {
            lines.emplace_back("SCHILY.xattr." + xattr.name, xattr.value);
        } else {
            lines.emplace_back("LIBARCHIVE.xattr." + url_encode(xattr.name),
                               base64_encode(xattr.value));
        }
    }
    std::ranges::sort(lines);
    for (const auto& [key, value] : lines) {
        append_record(records, key, value);
    }
}

bool is_link(EntryType type)
{
    return type == EntryType::hard_link || type == EntryType::symlink;
}

void check(const TarEntry& entry)
{
    const auto refuse = [&](std::string_view why) {
        throw Error{Errc::invalid_argument,
                    fmt::format("a tar cannot hold \"{}\": {}", printable(entry.path), why)};
    };
    const auto has_nul = [](std::string_view text) { return text.find('\0') != text.npos; };
    if (entry.path.empty() || has_nul(entry.path) || has_nul(entry.link_target)) {
        refuse("an empty name, or a NUL in one");
    }
    if (entry.type != EntryType::directory && entry.path.ends_with('/')) {
        refuse("only the name of a directory may end with a slash");
    }
    if (is_link(entry.type) && entry.link_target.empty()) {
        refuse("a link to nothing");
    }
    if (entry.mtime.nanoseconds >= 1'000'000'000) {
        refuse("its time has more nanoseconds than a second");
    }
    if (entry.size > std::uint64_t{1} << 62) {
        refuse("it is too large");
    }
    if (std::max(entry.device_major, entry.device_minor) > kLargestId) {
        refuse("its device number is too large");
    }
    for (const Xattr& xattr : entry.xattrs) {
        if (xattr.name.empty() || has_nul(xattr.name)) {
            refuse("an extended attribute without a name, or with a NUL in it");
        }
    }
}

/// What ustar cannot say about `entry`, keys in ascending order.
void append_records(std::string& records, const TarEntry& entry, std::string_view path)
{
    append_xattrs(records, entry.xattrs);
    if (entry.gid > kLargestId) {
        append_record(records, "gid", fmt::format("{}", entry.gid));
    }
    if (is_link(entry.type) &&
        (entry.link_target.size() > sizeof TarHeader::link_name || !is_ascii(entry.link_target))) {
        append_record(records, "linkpath", entry.link_target);
    }
    if (entry.mtime.nanoseconds != 0 || entry.mtime.seconds < 0 ||
        static_cast<std::uint64_t>(entry.mtime.seconds) > kLargestSize) {
        append_record(records, "mtime", time_text(entry.mtime));
    }
    if (!is_ascii(path) || (path.size() > sizeof TarHeader::name && !split_of(path))) {
        append_record(records, "path", path);
    }
    if (entry.type == EntryType::file && entry.size > kLargestSize) {
        append_record(records, "size", fmt::format("{}", entry.size));
    }
    if (entry.uid > kLargestId) {
        append_record(records, "uid", fmt::format("{}", entry.uid));
    }
}

TarHeader pax_header(std::size_t records_size)
{
    TarHeader header{};
    put_text(header.name, "././@PaxHeader");
    put_octal(header.mode, 0);
    put_octal(header.uid, 0);
    put_octal(header.gid, 0);
    put_octal(header.size, records_size);
    put_octal(header.mtime, 0);
    put_octal(header.device_major, 0);
    put_octal(header.device_minor, 0);
    header.type = 'x';
    seal(header);
    return header;
}

TarHeader entry_header(const TarEntry& entry, std::string_view path)
{
    TarHeader header{};
    if (const auto split = split_of(path)) {
        put_text(header.prefix, path.substr(0, *split));
        put_text(header.name, path.substr(*split + 1));
    } else {
        put_text(header.name, path);
    }
    put_octal(header.mode, entry.mode & 07777);
    put_octal(header.uid, entry.uid);
    put_octal(header.gid, entry.gid);
    put_octal(header.size, entry.type == EntryType::file ? entry.size : 0);
    put_octal(header.mtime,
              entry.mtime.seconds < 0 ? 0 : static_cast<std::uint64_t>(entry.mtime.seconds));
    header.type = type_letter(entry.type);
    if (is_link(entry.type)) {
        put_text(header.link_name, entry.link_target);
    }
    const bool device =
        entry.type == EntryType::char_device || entry.type == EntryType::block_device;
    put_octal(header.device_major, device ? entry.device_major : 0);
    put_octal(header.device_minor, device ? entry.device_minor : 0);
    seal(header);
    return header;
}

std::span<const std::byte> bytes_of(const TarHeader& header)
{
    return std::as_bytes(header.bytes());
}

} // namespace

TarWriter::TarWriter(Sink& sink) : sink_{sink} {}

void TarWriter::write(std::span<const std::byte> bytes)
{
    sink_.write(bytes);
    offset_ += bytes.size();
}

void TarWriter::pad(std::uint64_t count)
{
    static constexpr std::array<std::byte, 2 * kTarBlock> kZeros{};
    write(std::span{kZeros}.first(static_cast<std::size_t>(count)));
}

void TarWriter::add(const TarEntry& entry)
{
    if (data_left_ != 0) {
        throw Error{Errc::internal, fmt::format("\"{}\" is added to a tar before {} bytes of the "
                                                "file in front of it",
                                                printable(entry.path), data_left_)};
    }
    check(entry);
    path_ = entry.path;
    if (entry.type == EntryType::directory && !path_.ends_with('/')) {
        path_ += '/';
    }
    records_.clear();
    append_records(records_, entry, path_);
    if (!records_.empty()) {
        write(bytes_of(pax_header(records_.size())));
        write(std::as_bytes(std::span{records_}));
        pad(tar_padding(records_.size()));
    }
    write(bytes_of(entry_header(entry, path_)));
    data_left_ = entry.type == EntryType::file ? entry.size : 0;
    padding_ = tar_padding(data_left_);
}

void TarWriter::write_data(std::span<const std::byte> bytes)
{
    if (bytes.size() <= data_left_) {
        write(bytes);
    }
    take_data(bytes.size());
}

void TarWriter::skip_data(std::uint64_t count)
{
    offset_ += count;
    take_data(count);
}

void TarWriter::take_data(std::uint64_t count)
{
    if (count > data_left_) {
        throw Error{Errc::internal,
                    fmt::format("more data for a file in a tar than its size: {} bytes over",
                                count - data_left_)};
    }
    data_left_ -= count;
    if (data_left_ == 0) {
        pad(std::exchange(padding_, 0));
    }
}

void TarWriter::finish()
{
    if (data_left_ != 0) {
        throw Error{Errc::internal,
                    fmt::format("a tar ends {} bytes before its last file does", data_left_)};
    }
    pad(2 * kTarBlock);
}

} // namespace strata::io
