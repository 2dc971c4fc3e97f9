// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace strata::registry::api {

struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range field asks of something that has `size` bytes (RFC 9110 §14.1).
struct RangeRequest {
    enum class Kind : std::uint8_t {
        whole,         // another unit, or several ranges, which nobody needs here
        part,          // `range`
        unsatisfiable, // malformed, inverted, or behind the end
    };
    Kind kind = Kind::whole;
    ByteRange range{};
};
/// "bytes=500-1499", "bytes=500-", "bytes=-500". What goes beyond the end is cut off there.
RangeRequest parse_range(std::string_view field, std::uint64_t size) noexcept;

/// Of a chunk that is uploaded: "0-1023", and as RFC 9110 has it, "bytes 0-1023/4096". Nothing when
/// it is neither.
std::optional<ByteRange> parse_content_range(std::string_view field) noexcept;

} // namespace strata::registry::api
