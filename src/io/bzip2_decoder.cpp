// SPDX-License-Identifier: Apache-2.0
#include "io/decoder.hpp"

#include <algorithm>
#include <bzlib.h>
#include <limits>

namespace strata::io {
namespace {

/// bzip2, which needs 4 MiB at most.
class Bzip2Decoder final : public Decoder {
public:
    Bzip2Decoder() = default;
    Bzip2Decoder(const Bzip2Decoder&) = delete;
    Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
    ~Bzip2Decoder() override { end(); }

    std::string_view format() const override { return "bzip2"; }

    void begin() override
    {
        end();
        stream_ = {};
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) {
            throw_too_much_memory();
        }
        open_ = true;
    }

    Step step(std::span<const std::byte>& in, std::span<std::byte>& out, bool) override
    {
        constexpr std::size_t kMost = std::numeric_limits<unsigned>::max();
        const auto in_size = static_cast<unsigned>(std::min(in.size(), kMost));
        const auto out_size = static_cast<unsigned>(std::min(out.size(), kMost));
        // libbz2 reads through next_in only.
        stream_.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(in.data()));
        stream_.avail_in = in_size;
        stream_.next_out = reinterpret_cast<char*>(out.data());
        stream_.avail_out = out_size;
        const int status = BZ2_bzDecompress(&stream_);
        in = in.subspan(in_size - stream_.avail_in);
        out = out.subspan(out_size - stream_.avail_out);
        switch (status) {
        case BZ_OK:
            return Step::more;
        case BZ_STREAM_END:
            return Step::member_end;
        case BZ_MEM_ERROR:
            throw_too_much_memory();
        case BZ_DATA_ERROR_MAGIC:
            throw_corrupt("not a bzip2 header");
        default:
            throw_corrupt("wrong data or a wrong checksum");
        }
    }

private:
    void end() noexcept
    {
        if (open_) {
            BZ2_bzDecompressEnd(&stream_);
            open_ = false;
        }
    }

    bz_stream stream_{};
    bool open_ = false;
};

} // namespace

std::unique_ptr<Decoder> make_bzip2_decoder()
{
    return std::make_unique<Bzip2Decoder>();
}

} // namespace strata::io
