// SPDX-License-Identifier: Apache-2.0
#include "http/chunks.hpp"

#include <algorithm>
#include <cstring>

namespace strata::http {
namespace {

constexpr unsigned kMaxOverhead = 8 << 10; // of extensions of one chunk, or of all trailers
constexpr unsigned kMaxDigits = 15;        // 2^60 - 1, far from an overflow

int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char small = static_cast<char>(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool is_text(char c) noexcept
{
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

} // namespace

ChunkDecoder::State ChunkDecoder::state() const noexcept
{
    return at_ == At::done ? State::done : at_ == At::bad ? State::bad : State::more;
}

ChunkDecoder::Step ChunkDecoder::take(std::string_view bytes) noexcept
{
    std::size_t taken = 0;
    while (taken < bytes.size() && state() == State::more) {
        if (at_ == At::data) {
            const auto data =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
            left_ -= data;
            if (left_ == 0) {
                at_ = At::data_cr;
            }
            overhead_ = 0;
            return {taken + data, data};
        }
        step(bytes[taken]);
        taken += state() == State::bad ? 0 : 1;
    }
    return {taken, 0};
}

bool ChunkDecoder::count_overhead() noexcept
{
    return ++overhead_ <= kMaxOverhead;
}

void ChunkDecoder::step_size(char c) noexcept
{
    if (const int value = hex_value(c); value >= 0 && digits_ < kMaxDigits) {
        left_ = left_ * 16 + static_cast<unsigned>(value);
        ++digits_;
    } else if (digits_ > 0 && c == '\r') {
        at_ = At::size_end;
    } else if (digits_ > 0 && (c == ';' || c == ' ' || c == '\t')) {
        at_ = At::extension;
    } else {
        at_ = At::bad;
    }
}

void ChunkDecoder::step(char c) noexcept
{
    const auto expect = [&](char wanted, At then) { at_ = c == wanted ? then : At::bad; };
    switch (at_) {
    case At::size:
        return step_size(c);
    case At::extension:
        at_ = c == '\r' ? At::size_end : is_text(c) && count_overhead() ? At::extension : At::bad;
        return;
    case At::size_end:
        expect('\n', left_ > 0 ? At::data : At::trailer);
        digits_ = 0;
        return;
    case At::data_cr:
        return expect('\r', At::data_lf);
    case At::data_lf:
        return expect('\n', At::size);
    case At::trailer:
        at_ = c == '\r'                                         ? At::last_lf
              : is_text(c) && c != ' ' && c != '\t' && c != ':' ? At::trailer_in
                                                                : At::bad;
        return;
    case At::trailer_in:
        at_ = c == '\r'                        ? At::trailer_lf
              : is_text(c) && count_overhead() ? At::trailer_in
                                               : At::bad;
        return;
    case At::trailer_lf:
        return expect('\n', At::trailer);
    case At::last_lf:
        return expect('\n', At::done);
    case At::data:
    case At::done:
    case At::bad:
        return;
    }
}

BodyFraming BodyFraming::of_length(std::uint64_t length) noexcept
{
    BodyFraming framing;
    framing.left_ = length;
    return framing;
}

BodyFraming BodyFraming::of_chunks() noexcept
{
    BodyFraming framing;
    framing.chunked_ = true;
    return framing;
}

bool BodyFraming::done() const noexcept
{
    return chunked_ ? chunks_.state() == ChunkDecoder::State::done : left_ == 0;
}

ChunkDecoder::Step BodyFraming::take(std::string_view bytes) noexcept
{
    if (chunked_) {
        return chunks_.take(bytes);
    }
    const auto data = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= data;
    return {data, data};
}

BodyFraming::Squeezed BodyFraming::squeeze(std::span<std::byte> bytes) noexcept
{
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    std::size_t at = 0;
    std::size_t data = 0;
    while (at < bytes.size() && !done() && !bad()) {
        const ChunkDecoder::Step step = take(text.substr(at));
        at += step.taken;
        if (step.data > 0 && at - step.data != data) {
            std::memmove(&bytes[data], &bytes[at - step.data], step.data);
        }
        data += step.data;
    }
    return {data, bytes.size() - at};
}

} // namespace strata::http
