// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::testing {

/// A PAX record, with the right length in front.
inline std::string pax_record(std::string_view key, std::string_view value)
{
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (fmt::formatted_size("{}", length) + rest != length) {
        ++length;
    }
    return fmt::format("{} {}={}\n", length, key, value);
}

/// A tar block by block, for archives that no honest writer makes.
class RawTar {
public:
    struct Header {
        char type = '0';
        std::string_view name = "name";
        std::string_view size = "0"; // as text, so that it may be anything
        std::string_view link = {};
        std::string_view magic = "ustar";                // "ustar  " is GNU's
        std::function<void(io::TarHeader&)> change = {}; // before the checksum
    };

    RawTar& header(const Header& fields)
    {
        io::TarHeader header{};
        put(header.name, fields.name);
        put(header.mode, "644");
        put(header.uid, "0");
        put(header.gid, "0");
        put(header.size, fields.size);
        put(header.mtime, "0");
        put(header.link_name, fields.link);
        put(header.magic, fields.magic.substr(0, 6));
        if (fields.magic.size() > 6) {
            header.version[0] = fields.magic[6];
        }
        header.type = fields.type;
        if (fields.change) {
            fields.change(header);
        }
        const std::string sum = fmt::format("{:06o}", io::tar_checksum(header));
        std::memcpy(header.checksum, sum.c_str(), 7);
        bytes_.append(header.bytes().data(), header.bytes().size());
        return *this;
    }
    /// Bytes, padded to a block.
    RawTar& data(std::string_view text)
    {
        bytes_.append(text).append(io::tar_padding(text.size()), '\0');
        return *this;
    }
    /// A header of type 'x' (or another) with these bytes.
    RawTar& pax(std::string_view records, char type = 'x')
    {
        const std::string size = fmt::format("{:o}", records.size());
        return header({.type = type, .name = "pax", .size = size}).data(records);
    }
    RawTar& file(std::string_view name, std::string_view content)
    {
        const std::string size = fmt::format("{:o}", content.size());
        return header({.name = name, .size = size}).data(content);
    }
    RawTar& raw(std::string_view bytes)
    {
        bytes_.append(bytes);
        return *this;
    }
    RawTar& end() { return raw(std::string(1024, '\0')); }

    const std::string& bytes() const noexcept { return bytes_; }

private:
    template <std::size_t size>
    static void put(char (&field)[size], std::string_view text)
    {
        std::copy_n(text.begin(), std::min(size, text.size()), field);
    }

    std::string bytes_;
};

} // namespace strata::testing
