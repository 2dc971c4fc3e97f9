// SPDX-License-Identifier: Apache-2.0
//
// The input is cut into blocks of a fixed size, and every block becomes a gzip member of its own:
// all of them can be deflated at the same time, and where the cuts are depends on nothing but the
// input. RFC 1952 says that members one behind the other are one stream; Docker and containerd read
// them so.
#include "base/error.hpp"
#include "io/compressors.hpp"
#include "io/parallel_compressor.hpp"

#include <zlib.h>

#include <isa-l/igzip_lib.h>
#include <vector>

namespace strata::io {
namespace {

// 1 MiB: starting anew costs about 0.1 % there, and two blocks a thread fit into the cache.
constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr int kHighestOfIsal = 3;
constexpr int kDefaultLevel = 2;

std::uint8_t* as_output(Bytes& bytes)
{
    return reinterpret_cast<std::uint8_t*>(bytes.data());
}

/// What both libraries only read, but take as if they wrote.
std::uint8_t* as_input(const Bytes& bytes)
{
    return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(bytes.data()));
}

/// Blocks that do not shrink are stored, five bytes for every 64 KiB.
std::size_t most_for(std::size_t size)
{
    return size + size / 1000 + 1024;
}

void deflate_with_isal(const Bytes& input, Bytes& output, int level)
{
    static constexpr std::uint32_t kScratch[] = {0, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
                                                 ISAL_DEF_LVL3_DEFAULT};
    std::vector<std::uint8_t> scratch(kScratch[level]);
    output.resize(most_for(input.size()));

    isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    stream.level = static_cast<std::uint32_t>(level);
    stream.level_buf = scratch.data();
    stream.level_buf_size = static_cast<std::uint32_t>(scratch.size());
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    stream.next_in = as_input(input);
    stream.avail_in = static_cast<std::uint32_t>(input.size());
    stream.next_out = as_output(output);
    stream.avail_out = static_cast<std::uint32_t>(output.size());
    if (const int status = isal_deflate_stateless(&stream); status != COMP_OK) {
        throw Error{Errc::internal, fmt::format("isa-l does not deflate: {}", status)};
    }
    output.resize(stream.total_out);
}

void deflate_with_zlib(const Bytes& input, Bytes& output, int level)
{
    constexpr int kGzipWindow = 15 + 16;
    z_stream stream{};
    if (::deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw Error{Errc::exhausted, "no memory to deflate"};
    }
    output.resize(::deflateBound(&stream, input.size()));
    stream.next_in = as_input(input);
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = as_output(output);
    stream.avail_out = static_cast<uInt>(output.size());
    const int status = ::deflate(&stream, Z_FINISH);
    output.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (status != Z_STREAM_END) {
        throw Error{Errc::internal, fmt::format("zlib does not deflate: {}", status)};
    }
}

} // namespace

std::unique_ptr<Compressor> make_gzip_compressor(Sink& sink, const CompressOptions& options)
{
    constexpr int kHighest = 9;
    if (options.level < 0 || options.level > kHighest) {
        throw Error{Errc::invalid_argument,
                    fmt::format("gzip has levels 1 to {}, not {}", kHighest, options.level)};
    }
    const int level = options.level == 0 ? kDefaultLevel : options.level;
    const auto deflate_block = [level](const Bytes& input, Bytes& output) {
        level <= kHighestOfIsal ? deflate_with_isal(input, output, level)
                                : deflate_with_zlib(input, output, level);
    };
    return make_parallel_compressor(sink, deflate_block, kBlock, options.threads);
}

} // namespace strata::io
