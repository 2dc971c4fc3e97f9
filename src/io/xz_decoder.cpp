// SPDX-License-Identifier: Apache-2.0
#include "io/decoder.hpp"

#include <lzma.h>

namespace strata::io {
namespace {

/// The .xz format. liblzma itself reads one stream after the other, with the zeros that may stand
/// between and behind them, so all of it is one member here.
class XzDecoder final : public Decoder {
public:
    XzDecoder() = default;
    XzDecoder(const XzDecoder&) = delete;
    XzDecoder& operator=(const XzDecoder&) = delete;
    ~XzDecoder() override { lzma_end(&stream_); }

    std::string_view format() const override { return "xz"; }

    void begin() override
    {
        if (lzma_stream_decoder(&stream_, kDecoderMemory, LZMA_CONCATENATED) != LZMA_OK) {
            throw_too_much_memory();
        }
    }

    Step step(std::span<const std::byte>& in, std::span<std::byte>& out, bool last) override
    {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        stream_.avail_in = in.size();
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
        stream_.avail_out = out.size();
        const lzma_ret status = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
        in = in.last(stream_.avail_in);
        out = out.last(stream_.avail_out);
        switch (status) {
        case LZMA_OK:
        case LZMA_BUF_ERROR: // no progress
            return Step::more;
        case LZMA_STREAM_END:
            return Step::member_end;
        case LZMA_MEMLIMIT_ERROR:
        case LZMA_MEM_ERROR:
            throw_too_much_memory();
        case LZMA_FORMAT_ERROR:
            throw_corrupt("not an xz header");
        case LZMA_OPTIONS_ERROR:
            throw Error{Errc::unsupported,
                        "unsupported: this xz data uses filters or a version that liblzma lacks"};
        default:
            throw_corrupt("wrong data or a wrong checksum");
        }
    }

private:
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

} // namespace

std::unique_ptr<Decoder> make_xz_decoder()
{
    return std::make_unique<XzDecoder>();
}

} // namespace strata::io
