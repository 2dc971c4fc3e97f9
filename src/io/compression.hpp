// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace strata::io {

enum class Compression : std::uint8_t { none, gzip, zstd, xz, bzip2 };

std::string_view name_of(Compression compression); // "gzip"

/// By magic number. Ten bytes are always enough; where fewer are there, they are all of the stream.
Compression detect_compression(std::span<const std::byte> head);

/// A source that inflates `source`: gzip of several members through isa-l, zstd frames, xz and
/// bzip2 streams, one behind the other.
///
/// Hostile input: reads throw Errc::corrupt on bad data, a truncated end, a wrong checksum, or
/// anything but a further member behind the end (zeros are padding in gzip and xz); Errc::exhausted
/// where inflating takes more than 256 MiB of memory (zstd --long=27 is the most). How much comes
/// out is the caller's to limit.
SourcePtr decompress(SourcePtr source, Compression compression);

struct Decompressed {
    SourcePtr source;
    Compression compression;
};
/// Looks at the first bytes and decompresses accordingly.
Decompressed decompress_detected(SourcePtr source);

/// A sink that compresses into `sink` (which must outlive it); finish() writes the end.
class Compressor : public Sink {
public:
    using Sink::write;
    virtual void finish() = 0;
};
struct CompressOptions {
    int level = 0;        // 0: the default of the format; gzip 1 to 9, zstd 1 to 19
    unsigned threads = 2; // changes nothing about the bytes
};
/// gzip (members of 1 MiB, up to level 3 by isa-l, above by zlib), zstd (frames of 2 MiB), or none;
/// RFC 1952 and RFC 8878 say that members and frames one behind the other are one stream.
///
/// Equal input in whatever pieces, an equal level and an equal machine give equal bytes; isa-l may
/// deflate otherwise on another processor. Throws Errc::unsupported for other formats.
std::unique_ptr<Compressor> compress(Sink& sink, Compression compression,
                                     const CompressOptions& options = {});

} // namespace strata::io
