// SPDX-License-Identifier: Apache-2.0
//
// How far the body of a request has been read: a length that runs down, or chunks (RFC 9112 §7.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace strata::http {

/// Takes chunked bytes apart, in pieces of any size, without keeping any of them.
class ChunkDecoder {
public:
    enum class State : std::uint8_t { more, done, bad };

    struct Step {
        std::size_t taken = 0; // of the bytes given
        std::size_t data = 0;  // of the bytes taken, the last so many are the body's
    };

    /// Takes framing up to the next data, and as much data as there is; or framing alone. Takes
    /// everything, unless it stops after data, at the end of the body, or where it is broken.
    Step take(std::string_view bytes) noexcept;

    State state() const noexcept;

    /// Bytes of data that certainly follow at once: what may be read without looking.
    std::uint64_t data_ahead() const noexcept { return at_ == At::data ? left_ : 0; }

private:
    enum class At : std::uint8_t {
        size,       // hexadecimal digits
        extension,  // after them, to the end of the line
        size_end,   // between CR and LF
        data,       //
        data_cr,    // behind the data
        data_lf,    //
        trailer,    // at the beginning of a line
        trailer_in, // within one
        trailer_lf, // between its CR and LF
        last_lf,    // between the last CR and LF
        done,
        bad,
    };
    void step(char c) noexcept;
    void step_size(char c) noexcept;
    bool count_overhead() noexcept;

    At at_ = At::size;
    std::uint64_t left_ = 0;
    unsigned digits_ = 0;
    unsigned overhead_ = 0; // bytes of extensions and trailers since the last data
};

/// What of a request's body is still to come.
class BodyFraming {
public:
    BodyFraming() = default;
    static BodyFraming of_length(std::uint64_t length) noexcept;
    static BodyFraming of_chunks() noexcept;

    bool chunked() const noexcept { return chunked_; }
    bool done() const noexcept;
    bool bad() const noexcept { return chunks_.state() == ChunkDecoder::State::bad; }

    /// Of a body with a length, or of the present chunk.
    std::uint64_t certainly_left() const noexcept
    {
        return chunked_ ? chunks_.data_ahead() : left_;
    }

    /// Takes framing away until data, the end or something broken comes, and moves nothing.
    ChunkDecoder::Step take(std::string_view bytes) noexcept;

    /// Squeezes the framing out of what was read from the wire, in place: data moves to the front.
    /// What follows the body is left where it is, at `rest`.
    struct Squeezed {
        std::size_t data = 0;
        std::size_t rest = 0; // how many bytes at the end are not the body's
    };
    Squeezed squeeze(std::span<std::byte> bytes) noexcept;

private:
    bool chunked_ = false;
    std::uint64_t left_ = 0;
    ChunkDecoder chunks_;
};

} // namespace strata::http
