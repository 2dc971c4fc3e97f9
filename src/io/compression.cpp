// SPDX-License-Identifier: Apache-2.0
#include "io/compression.hpp"

#include "io/compressors.hpp"
#include "io/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

namespace strata::io {
namespace {

/// Feeds a decoder from a source, and decides what may follow a member: another one, or nothing.
class DecodingSource final : public Source {
public:
    DecodingSource(SourcePtr source, std::unique_ptr<Decoder> decoder)
        : source_{std::move(source)}, decoder_{std::move(decoder)}
    {
    }

    std::size_t read(std::span<std::byte> into) override
    {
        std::span<std::byte> room = into;
        while (room.size() == into.size() && !into.empty()) {
            if (!in_member_ && !begin_member()) {
                return 0;
            }
            const std::size_t had = input_.size();
            if (decoder_->step(input_, room, ended_) == Decoder::Step::member_end) {
                in_member_ = false;
            } else if (input_.size() == had && room.size() == into.size()) {
                need_more();
            }
        }
        return into.size() - room.size();
    }

private:
    static constexpr std::size_t kBuffer = std::size_t{256} << 10;

    /// False if the stream is over. One without any member is not even begun.
    bool begin_member()
    {
        const bool padded = any_member_ && decoder_->ignores_zeros_at_end() && skip_zeros();
        if (input_.empty() && !refill()) {
            if (!any_member_) {
                throw Error{Errc::corrupt, fmt::format("there is no {} data", decoder_->format())};
            }
            return false;
        }
        if (padded) {
            throw Error{Errc::corrupt,
                        fmt::format("there is something behind the padding of the {} data",
                                    decoder_->format())};
        }
        decoder_->begin();
        in_member_ = true;
        any_member_ = true;
        return true;
    }

    /// Passes over zeros, if there are any.
    bool skip_zeros()
    {
        bool any = false;
        while (!input_.empty() || refill()) {
            const auto end =
                std::ranges::find_if(input_, [](std::byte b) { return b != std::byte{0}; });
            const auto zeros = static_cast<std::size_t>(end - input_.begin());
            any = any || zeros > 0;
            input_ = input_.subspan(zeros);
            if (!input_.empty()) {
                break;
            }
        }
        return any;
    }

    void need_more()
    {
        if (ended_) {
            throw Error{Errc::corrupt, fmt::format("the {} data is truncated", decoder_->format())};
        }
        refill();
    }

    /// Puts more behind what is left of the input; false at the end of the source.
    bool refill()
    {
        if (!input_.empty()) { // a decoder may want to see a few bytes at once
            std::memmove(buffer_.get(), input_.data(), input_.size());
        }
        const std::size_t kept = input_.size();
        const std::size_t got = source_->read({buffer_.get() + kept, kBuffer - kept});
        input_ = {buffer_.get(), kept + got};
        ended_ = got == 0;
        return !ended_;
    }

    SourcePtr source_;
    std::unique_ptr<Decoder> decoder_;
    std::unique_ptr<std::byte[]> buffer_ = std::make_unique_for_overwrite<std::byte[]>(kBuffer);
    std::span<const std::byte> input_;
    bool in_member_ = false;
    bool any_member_ = false;
    bool ended_ = false; // the source
};

/// Some bytes that were read already, and then the rest.
class PrefixedSource final : public Source {
public:
    PrefixedSource(std::span<const std::byte> head, SourcePtr rest)
        : head_{head.begin(), head.end()}, rest_{std::move(rest)}
    {
    }

    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t count = std::min(into.size(), head_.size() - at_);
        if (count == 0) {
            return rest_->read(into);
        }
        std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at_), count, into.begin());
        at_ += count;
        return count;
    }

    std::uint64_t skip(std::uint64_t count) override
    {
        const std::uint64_t here = std::min<std::uint64_t>(count, head_.size() - at_);
        at_ += static_cast<std::size_t>(here);
        return here + (count > here ? rest_->skip(count - here) : 0);
    }

private:
    std::vector<std::byte> head_;
    std::size_t at_ = 0;
    SourcePtr rest_;
};

class NoCompressor final : public Compressor {
public:
    explicit NoCompressor(Sink& sink) : sink_{sink} {}
    void write(std::span<const std::byte> bytes) override { sink_.write(bytes); }
    void finish() override {}

private:
    Sink& sink_;
};

} // namespace

std::string_view name_of(Compression compression)
{
    switch (compression) {
    case Compression::none:
        return "none";
    case Compression::gzip:
        return "gzip";
    case Compression::zstd:
        return "zstd";
    case Compression::xz:
        return "xz";
    case Compression::bzip2:
        return "bzip2";
    }
    throw Error{Errc::internal, "an unknown compression"};
}

Compression detect_compression(std::span<const std::byte> head)
{
    const std::string_view text{reinterpret_cast<const char*>(head.data()), head.size()};
    if (text.starts_with("\x1f\x8b\x08")) {
        return Compression::gzip;
    }
    // A stream may begin with a skippable frame, 0x184d2a50 to 0x184d2a5f.
    if (text.starts_with("\x28\xb5\x2f\xfd") ||
        (text.size() >= 4 && (text[0] & 0xf0) == 0x50 && text.substr(1, 3) == "\x2a\x4d\x18")) {
        return Compression::zstd;
    }
    if (text.starts_with(std::string_view{"\xfd\x37\x7a\x58\x5a\0", 6})) {
        return Compression::xz;
    }
    // "BZh" alone could as well be the name of a tar's first file. A digit follows, and the digits
    // of pi, or those of its square root where there is no data at all.
    if (text.starts_with("BZh") && text.size() >= 10 && text[3] >= '1' && text[3] <= '9' &&
        (text.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" ||
         text.substr(4, 6) == "\x17\x72\x45\x38\x50\x90")) {
        return Compression::bzip2;
    }
    return Compression::none;
}

SourcePtr decompress(SourcePtr source, Compression compression)
{
    switch (compression) {
    case Compression::none:
        return source;
    case Compression::gzip:
        return std::make_unique<DecodingSource>(std::move(source), make_gzip_decoder());
    case Compression::zstd:
        return std::make_unique<DecodingSource>(std::move(source), make_zstd_decoder());
    case Compression::xz:
        return std::make_unique<DecodingSource>(std::move(source), make_xz_decoder());
    case Compression::bzip2:
        return std::make_unique<DecodingSource>(std::move(source), make_bzip2_decoder());
    }
    throw Error{Errc::internal, "an unknown compression"};
}

Decompressed decompress_detected(SourcePtr source)
{
    std::array<std::byte, 10> buffer;
    const auto head = std::span{buffer}.first(read_full(*source, buffer));
    const Compression compression = detect_compression(head);
    source = std::make_unique<PrefixedSource>(head, std::move(source));
    return {decompress(std::move(source), compression), compression};
}

std::unique_ptr<Compressor> compress(Sink& sink, Compression compression,
                                     const CompressOptions& options)
{
    switch (compression) {
    case Compression::none:
        return std::make_unique<NoCompressor>(sink);
    case Compression::gzip:
        return make_gzip_compressor(sink, options);
    case Compression::zstd:
        return make_zstd_compressor(sink, options);
    case Compression::xz:
    case Compression::bzip2:
        break;
    }
    throw Error{Errc::unsupported,
                fmt::format("unsupported: compressing with {}", name_of(compression)),
                "Use gzip or zstd."};
}

} // namespace strata::io
