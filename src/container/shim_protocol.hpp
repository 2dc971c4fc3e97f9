// SPDX-License-Identifier: Apache-2.0
//
// What a shim and its clients say to each other on a stream socket: frames of an 8-byte header and
// a payload (docs/formats/shim-protocol.md). Pure: bytes in, bytes out.
#pragma once

#include "base/error.hpp"
#include "sys/terminal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata::container {

enum class FrameType : std::uint8_t {
    // client to shim
    start = 1,  // AttachRequest, WindowSize; with it comes the container's lock. Sent once, by who
                // made the shim
    attach = 2, // AttachRequest: the output from now on
    input =
        3, // bytes for the container's standard input; never more than kInputWindow without `taken`
    input_end = 4, // no more of them from this client
    resize = 5,    // WindowSize
    signal = 6,    // number, 4 bytes: for the container's first process
    // shim to client
    started = 64, // pid, 8 bytes
    output = 65,  // standard output, or everything with a terminal
    errors = 66,  // standard error
    taken = 67,   // number, 8 bytes: so many bytes of input have been passed on
    exited = 68,  // exit status, 4 bytes; no output follows
    removed = 69, // the container is gone, record and all (--rm)
    failed = 70,  // Failure: it could not be started
};

inline constexpr std::size_t kFrameHeader = 8;
/// No frame is larger; a header that says so ends the connection.
inline constexpr std::size_t kMaxPayload = 1 << 20;
/// How much input a client may have under way, so that a container that does not read holds up
/// nothing but its input.
inline constexpr std::size_t kInputWindow = 256 << 10;

struct Frame {
    FrameType type{};
    std::string_view payload{}; // borrowed from the reader until its next call
};

void append_frame(std::string& to, FrameType type, std::string_view payload = {});
/// For payloads that are written from where they are.
void append_header(std::string& to, FrameType type, std::size_t payload_bytes);

/// Puts frames together again from whatever pieces the socket gave.
class FrameReader {
public:
    /// Where the next bytes may be read to; say with `received` how many there were.
    std::span<char> space();
    void received(std::size_t bytes) noexcept { end_ += bytes; }

    /// The next whole frame, or nothing yet. Throws Errc::corrupt for a header that cannot be.
    std::optional<Frame> next();

private:
    std::string buffer_;
    std::size_t begin_ = 0, end_ = 0;
};

struct AttachRequest {
    bool input = false, output = false, errors = false;
};

struct StartRequest {
    AttachRequest attach{};
    sys::WindowSize window{}; // of the client's terminal; 0 x 0 without one
};

std::string encode(sys::WindowSize size);
std::string encode(AttachRequest request);
std::string encode(const StartRequest& request);
std::string encode(const Error& failure);
std::string encode(std::uint64_t number);
std::string encode(std::int32_t number);

// Each throws Errc::corrupt when the payload is too short or makes no sense.
sys::WindowSize decode_window_size(std::string_view payload);
AttachRequest decode_attach(std::string_view payload);
StartRequest decode_start(std::string_view payload);
Error decode_failure(std::string_view payload);
std::uint64_t decode_u64(std::string_view payload);
std::int32_t decode_i32(std::string_view payload);

} // namespace strata::container
