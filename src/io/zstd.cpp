// SPDX-License-Identifier: Apache-2.0
#include "io/compressors.hpp"
#include "io/decoder.hpp"
#include "io/parallel_compressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

namespace strata::io {
namespace {

/// The largest window: 128 MiB, what `zstd --long=27` makes and every decoder accepts by default.
constexpr int kWindowLog = 27;

struct FreeStream {
    void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

class ZstdDecoder final : public Decoder {
public:
    std::string_view format() const override { return "zstd"; }

    void begin() override
    {
        if (stream_ == nullptr) {
            stream_.reset(ZSTD_createDStream());
            if (stream_ == nullptr) {
                throw_too_much_memory();
            }
            check(ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kWindowLog));
        }
        check(ZSTD_DCtx_reset(stream_.get(), ZSTD_reset_session_only));
    }

    Step step(std::span<const std::byte>& in, std::span<std::byte>& out, bool) override
    {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const std::size_t status = ZSTD_decompressStream(stream_.get(), &to, &from);
        in = in.subspan(from.pos);
        out = out.subspan(to.pos);
        check(status);
        return status == 0 ? Step::member_end : Step::more;
    }

private:
    void check(std::size_t status) const
    {
        if (ZSTD_isError(status) == 0) {
            return;
        }
        const ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
        if (code == ZSTD_error_frameParameter_windowTooLarge ||
            code == ZSTD_error_memory_allocation) {
            throw_too_much_memory();
        }
        throw_corrupt(ZSTD_getErrorName(status));
    }

    std::unique_ptr<ZSTD_DStream, FreeStream> stream_;
};

// 2 MiB, the window of the middle levels: a frame a block then costs less than 1 % of size.
constexpr std::size_t kBlock = std::size_t{2} << 20;

void check_compressing(std::size_t status)
{
    if (ZSTD_isError(status) != 0) {
        throw Error{ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation ? Errc::exhausted
                                                                              : Errc::internal,
                    fmt::format("zstd: {}", ZSTD_getErrorName(status))};
    }
}

/// One frame, with its checksum and its size. (libzstd's own threads are not in Debian's archive.)
void compress_frame(const Bytes& input, Bytes& output, int level)
{
    const std::unique_ptr<ZSTD_CCtx, FreeStream> context{ZSTD_createCCtx()};
    check_compressing(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
    check_compressing(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1));
    output.resize(ZSTD_compressBound(input.size()));
    const std::size_t size =
        ZSTD_compress2(context.get(), output.data(), output.size(), input.data(), input.size());
    check_compressing(size);
    output.resize(size);
}

} // namespace

std::unique_ptr<Decoder> make_zstd_decoder()
{
    return std::make_unique<ZstdDecoder>();
}

std::unique_ptr<Compressor> make_zstd_compressor(Sink& sink, const CompressOptions& options)
{
    constexpr int kHighest = 19; // above, decoders need more memory than they grant by default
    if (options.level < 0 || options.level > kHighest) {
        throw Error{Errc::invalid_argument,
                    fmt::format("zstd has levels 1 to {}, not {}", kHighest, options.level)};
    }
    const int level = options.level == 0 ? ZSTD_CLEVEL_DEFAULT : options.level;
    return make_parallel_compressor(
        sink, [level](const Bytes& input, Bytes& output) { compress_frame(input, output, level); },
        kBlock, options.threads);
}

} // namespace strata::io
