// SPDX-License-Identifier: Apache-2.0
//
// What the decompressors have in common, so that each is only the call of its library.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace strata::io {

/// More memory than this no stream may ask for.
inline constexpr std::uint64_t kDecoderMemory = std::uint64_t{256} << 20;

/// Inflates one member (frame, stream) after the other.
class Decoder {
public:
    virtual ~Decoder() = default;

    virtual std::string_view format() const = 0; // "gzip"

    /// Whether zeros behind the last member are padding, and none of our business.
    virtual bool ignores_zeros_at_end() const { return false; }

    /// Prepares for the first byte of the next member.
    virtual void begin() = 0;

    enum class Step { more, member_end };
    /// Moves bytes from the front of `in` to the front of `out`, as many as it can, and takes them
    /// off both; `last` if nothing follows `in`. No progress means that it needs more input. Throws
    /// Errc::corrupt.
    virtual Step step(std::span<const std::byte>& in, std::span<std::byte>& out, bool last) = 0;

protected:
    [[noreturn]] void throw_corrupt(std::string_view why) const
    {
        throw Error{Errc::corrupt, fmt::format("the {} data is corrupt: {}", format(), why)};
    }
    [[noreturn]] void throw_too_much_memory() const
    {
        throw Error{
            Errc::exhausted,
            fmt::format("the {} data needs more than the {} MiB of memory allowed to inflate it",
                        format(), kDecoderMemory >> 20)};
    }
};

std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_zstd_decoder();
std::unique_ptr<Decoder> make_xz_decoder();
std::unique_ptr<Decoder> make_bzip2_decoder();

} // namespace strata::io
