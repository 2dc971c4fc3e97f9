// SPDX-License-Identifier: Apache-2.0
#include "io/decoder.hpp"

#include <algorithm>
#include <isa-l/igzip_lib.h>
#include <limits>

namespace strata::io {
namespace {

std::string_view reason_of(int status)
{
    switch (status) {
    case ISAL_INVALID_BLOCK:
        return "an invalid block";
    case ISAL_INVALID_SYMBOL:
        return "an invalid symbol";
    case ISAL_INVALID_LOOKBACK:
        return "a reference to before its beginning";
    case ISAL_INVALID_WRAPPER:
        return "not a gzip header";
    case ISAL_UNSUPPORTED_METHOD:
        return "a method other than deflate";
    case ISAL_INCORRECT_CHECKSUM:
        return "a wrong checksum or length";
    default:
        return "unreadable";
    }
}

/// RFC 1952 through isa-l, which checks the header's CRC16, the data's CRC32 and its length.
class GzipDecoder final : public Decoder {
public:
    std::string_view format() const override { return "gzip"; }

    // Tapes are padded. gzip(1) and Docker accept that; other garbage, which gzip(1) warns of,
    // hides a broken transfer as often as not.
    bool ignores_zeros_at_end() const override { return true; }

    void begin() override
    {
        isal_inflate_init(&state_);
        state_.crc_flag =
            ISAL_GZIP_NO_HDR_VER; // the header is read here, the trailer by isal_inflate
        isal_gzip_header_init(&header_);
        in_header_ = true;
    }

    Step step(std::span<const std::byte>& in, std::span<std::byte>& out, bool) override
    {
        constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
        const auto in_size = static_cast<std::uint32_t>(std::min(in.size(), kMost));
        const auto out_size = static_cast<std::uint32_t>(std::min(out.size(), kMost));
        // isa-l does not write through next_in; it only forgot to say so.
        state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(in.data()));
        state_.avail_in = in_size;
        state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        state_.avail_out = out_size;
        read();
        in = in.subspan(in_size - state_.avail_in);
        out = out.subspan(out_size - state_.avail_out);
        return !in_header_ && state_.block_state == ISAL_BLOCK_FINISH ? Step::member_end
                                                                      : Step::more;
    }

private:
    void read()
    {
        if (in_header_) {
            const int status = isal_read_gzip_header(&state_, &header_);
            if (status == ISAL_END_INPUT) {
                return;
            }
            check(status);
            if ((header_.flags & 0xe0) != 0) { // isa-l does not mind
                throw_corrupt("a header with flags that RFC 1952 reserves");
            }
            in_header_ = false;
        }
        check(isal_inflate(&state_));
    }

    void check(int status) const
    {
        if (status < 0) {
            throw_corrupt(reason_of(status));
        }
    }

    inflate_state state_;
    isal_gzip_header header_;
    bool in_header_ = true;
};

} // namespace

std::unique_ptr<Decoder> make_gzip_decoder()
{
    return std::make_unique<GzipDecoder>();
}

} // namespace strata::io
