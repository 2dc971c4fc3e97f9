// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace strata::io {

enum class Compression : std::uint8_t { none, gzip, zstd, xz, bzip2 };

std::string_view name_of(Compression compression); // "gzip"

/// By magic number; at least 6 bytes decide, fewer are taken as they are.
Compression detect_compression(std::span<const std::byte> head);

/// A source that inflates `source` (gzip of several members through isa-l, zstd frames, xz and
/// bzip2 streams). Reads throw Errc::corrupt on bad data, a truncated end, a wrong checksum, or
/// anything but a further member behind the end; Errc::exhausted past the window limit (zstd
/// --long=27 is the most).
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
    virtual void finish() = 0;
};
struct CompressOptions {
    int level = 0; // 0: the default of the format
    unsigned threads = 2;
};
/// gzip (isa-l members, deflated in parallel, deterministic for equal input) and zstd.
std::unique_ptr<Compressor> compress(Sink& sink, Compression compression,
                                     const CompressOptions& options = {});

} // namespace strata::io
