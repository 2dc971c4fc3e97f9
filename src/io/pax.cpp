// SPDX-License-Identifier: Apache-2.0
#include "io/pax.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace strata::io {
namespace {

constexpr std::string_view kSchilyXattr = "SCHILY.xattr.";
constexpr std::string_view kLibarchiveXattr = "LIBARCHIVE.xattr.";
constexpr std::string_view kGnuSparse = "GNU.sparse.";

[[noreturn]] void throw_corrupt(std::string message)
{
    throw Error{Errc::corrupt, std::move(message)};
}

/// "[-]seconds[.fraction]", rounded towards the past as POSIX wants.
TarTime parse_time(std::string_view text)
{
    const bool negative = text.starts_with('-');
    const std::size_t point = std::min(text.find('.'), text.size());
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + point, seconds);
    if (error != std::errc{} || end != text.data() + point) {
        throw_corrupt("PAX mtime is not a number of 64 bits");
    }
    std::uint32_t nanoseconds = 0;
    std::uint32_t unit = 100'000'000;
    bool rest = false; // digits beyond the nanosecond
    for (const char c : text.substr(std::min(point + 1, text.size()))) {
        if (c < '0' || c > '9') {
            throw_corrupt("PAX mtime is not a number");
        }
        nanoseconds += static_cast<std::uint32_t>(c - '0') * unit;
        rest = rest || (unit == 0 && c != '0');
        unit /= 10;
    }
    if (!negative) {
        return {seconds, nanoseconds};
    }
    nanoseconds += rest ? 1 : 0;
    if (nanoseconds == 0) {
        return {seconds, 0};
    }
    if (seconds == std::numeric_limits<std::int64_t>::min()) {
        throw_corrupt("PAX mtime is not a number of 64 bits");
    }
    return {seconds - 1, 1'000'000'000 - nanoseconds};
}

int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

std::string url_decode(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) {
            decoded += text[i]; // libarchive keeps what is no escape, and so do we
        } else {
            decoded += static_cast<char>(high << 4 | low);
            i += 2;
        }
    }
    return decoded;
}

int base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

/// libarchive writes no padding, others may.
std::string base64_decode(std::string_view text)
{
    while (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    std::string decoded;
    decoded.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) {
            throw_corrupt("a LIBARCHIVE.xattr value is not base64");
        }
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            decoded += static_cast<char>(bits >> count & 0xff);
        }
    }
    return decoded;
}

void require_no_nul(std::string_view key, std::string_view value)
{
    if (value.find('\0') != value.npos) {
        throw_corrupt(fmt::format("PAX {} holds a NUL", key));
    }
}

/// Later records win, also over the same attribute in the other spelling.
void keep_last_of_each_name(std::vector<Xattr>& xattrs)
{
    std::ranges::reverse(xattrs);
    std::ranges::stable_sort(xattrs, {}, &Xattr::name);
    const auto same_name = [](const Xattr& a, const Xattr& b) { return a.name == b.name; };
    xattrs.erase(std::unique(xattrs.begin(), xattrs.end(), same_name), xattrs.end());
}

} // namespace

std::uint64_t parse_decimal(std::string_view text, std::string_view what)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.starts_with('-') || end != text.data() + text.size() || text.empty()) {
        throw_corrupt(fmt::format("{} is not a number", what));
    }
    if (error != std::errc{}) {
        throw_corrupt(fmt::format("{} does not fit into 63 bits", what));
    }
    return static_cast<std::uint64_t>(value);
}

std::uint32_t to_id(std::int64_t number, std::string_view what)
{
    if (number < 0 || number >= std::numeric_limits<std::uint32_t>::max()) {
        throw_corrupt(fmt::format("{} {} is out of range", what, number));
    }
    return static_cast<std::uint32_t>(number);
}

void PaxRecords::clear()
{
    if (empty_) {
        return;
    }
    path.clear();
    link_target.clear();
    size.reset();
    uid.reset();
    gid.reset();
    mtime.reset();
    xattrs.clear();
    sparse.major.clear();
    sparse.minor.clear();
    sparse.name.clear();
    sparse.real_size.reset();
    sparse.map.clear();
    sparse.has_map = false;
    sparse.half_extent = false;
    empty_ = true;
}

void PaxRecords::parse(std::string_view text, std::size_t max_extents)
{
    empty_ = false;
    while (!text.empty()) {
        const std::size_t space = text.find(' ');
        if (space == text.npos) {
            throw_corrupt("a PAX record has no length");
        }
        const std::uint64_t length =
            parse_decimal(text.substr(0, space), "the length of a PAX record");
        // The shortest record that says anything is "5 a=\n".
        if (length > text.size() || length < space + 4 || text[length - 1] != '\n') {
            throw_corrupt("a PAX record lies about its length");
        }
        const std::string_view record = text.substr(space + 1, length - space - 2);
        const std::size_t equals = record.find('=');
        if (equals == record.npos || equals == 0) {
            throw_corrupt("a PAX record has no key");
        }
        const std::string_view key = record.substr(0, equals);
        require_no_nul("key", key);
        set(key, record.substr(equals + 1), max_extents);
        text.remove_prefix(length);
    }
    if (sparse.half_extent) {
        throw_corrupt("GNU.sparse.offset without GNU.sparse.numbytes");
    }
    if (xattrs.size() > 1) {
        keep_last_of_each_name(xattrs);
    }
}

void PaxRecords::set(std::string_view key, std::string_view value, std::size_t max_extents)
{
    // atime, ctime, uname, gname, comment, charset and what vendors add do not make a file system.
    // hdrcharset neither: names are bytes here, whatever encoding they were meant in.
    if (key.starts_with(kSchilyXattr)) {
        xattrs.push_back({std::string{key.substr(kSchilyXattr.size())}, std::string{value}});
    } else if (key.starts_with(kLibarchiveXattr)) {
        xattrs.push_back({url_decode(key.substr(kLibarchiveXattr.size())), base64_decode(value)});
    } else if (key.starts_with(kGnuSparse)) {
        set_sparse(key.substr(kGnuSparse.size()), value, max_extents);
    } else if (key == "path") {
        require_no_nul(key, value);
        path = value;
    } else if (key == "linkpath") {
        require_no_nul(key, value);
        link_target = value;
    } else if (value.empty()) {
        // "the value is deleted": what the header says stands. The fields below have no empty form.
    } else if (key == "size") {
        size = parse_decimal(value, "PAX size");
    } else if (key == "uid") {
        uid = to_id(static_cast<std::int64_t>(parse_decimal(value, "PAX uid")), "PAX uid");
    } else if (key == "gid") {
        gid = to_id(static_cast<std::int64_t>(parse_decimal(value, "PAX gid")), "PAX gid");
    } else if (key == "mtime") {
        mtime = parse_time(value);
    }
}

void PaxRecords::set_sparse(std::string_view key, std::string_view value, std::size_t max_extents)
{
    const auto add_offset = [&](std::string_view text) {
        if (sparse.half_extent || sparse.map.size() >= max_extents) {
            throw Error{sparse.half_extent ? Errc::corrupt : Errc::exhausted,
                        sparse.half_extent
                            ? "two sparse offsets in a row"
                            : fmt::format("more than {} stretches in a sparse file", max_extents)};
        }
        sparse.map.push_back({parse_decimal(text, "a sparse offset"), 0});
        sparse.half_extent = true;
        sparse.has_map = true;
    };
    const auto add_length = [&](std::string_view text) {
        if (!sparse.half_extent) {
            throw_corrupt("a sparse length without an offset");
        }
        sparse.map.back().length = parse_decimal(text, "a sparse length");
        sparse.half_extent = false;
    };

    if (key == "major") {
        sparse.major = value;
    } else if (key == "minor") {
        sparse.minor = value;
    } else if (key == "name") {
        require_no_nul("GNU.sparse.name", value);
        sparse.name = value;
    } else if (key == "size" || key == "realsize") {
        sparse.real_size = parse_decimal(value, "the size of a sparse file");
    } else if (key == "offset") {
        add_offset(value);
    } else if (key == "numbytes") {
        add_length(value);
    } else if (key == "map") {
        sparse.map.clear();
        sparse.half_extent = false;
        sparse.has_map = true;
        for (std::size_t at = 0; at < value.size();) {
            const std::size_t comma = std::min(value.find(',', at), value.size());
            const std::string_view number = value.substr(at, comma - at);
            sparse.half_extent ? add_length(number) : add_offset(number);
            at = comma + 1;
        }
    }
}

} // namespace strata::io
