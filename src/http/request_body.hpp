// SPDX-License-Identifier: Apache-2.0
//
// The blocking side of a connection, as a worker sees it: bodies that come in, and answers that are
// made while they are sent.
#pragma once

#include "http/chunks.hpp"
#include "http/input_buffer.hpp"
#include "http/request_head.hpp"
#include "http/transport.hpp"
#include "http/worker_pool.hpp"
#include "io/source.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace strata::http {

/// How a worker waits for its client: aside, so that others can work. Who moves hardly anything, on
/// the average of the time that was waited for it, only wants to hold a thread. A modem of 1990 is
/// faster.
class Patience {
public:
    /// `longest` is for one wait, and before judging.
    Patience(WorkerPool& pool, std::chrono::milliseconds longest) : pool_{pool}, longest_{longest}
    {
    }

    void moved(std::size_t bytes) noexcept { bytes_ += bytes; }
    /// Until the socket is ready; false if that takes too long, or all has taken too long.
    bool wait(const Transport& transport, sys::Interest interest);

private:
    bool is_over() const noexcept;

    WorkerPool& pool_;
    std::chrono::milliseconds longest_;
    std::chrono::steady_clock::duration waited_{};
    std::uint64_t bytes_ = 0;
};

/// Writes all of both texts, waiting where it must. Throws Errc::unavailable when the client goes
/// away, or takes nothing any more, or too slowly.
void write_all(Transport& transport, std::string_view first, std::string_view second,
               Patience& patience);

/// The body of a request. Reads go straight from the socket into the caller's buffer.
class RequestBody final : public io::Source {
public:
    struct Options {
        std::uint64_t limit = 0; // bytes
        std::chrono::milliseconds stall{};
        bool expects_continue = false;
    };
    /// All of them stay the caller's, who may go on reading where this has stopped.
    RequestBody(Transport& transport, InputBuffer& input, BodyFraming& framing, WorkerPool& pool,
                const Options& options)
        : transport_{transport}
        , input_{input}
        , framing_{framing}
        , options_{options}
        , patience_{pool, options.stall}
    {
    }

    std::size_t read(std::span<std::byte> into) override;

    std::uint64_t taken() const noexcept { return taken_; }

    /// Why reading failed, as an answer to the client; no status, and gone(), if it has gone.
    const Refusal& failure() const noexcept { return failure_; }
    bool gone() const noexcept { return gone_; }

    /// Whether the client still waits to be told to send it.
    bool unwanted() const noexcept { return options_.expects_continue && !framing_.done(); }

    /// What was read beyond the end: the beginning of the next request.
    std::string_view beyond() const noexcept { return beyond_; }

private:
    std::size_t read_arrived(std::span<std::byte> into);
    std::size_t read_socket(std::span<std::byte> into);
    std::size_t receive(std::span<std::byte> into);
    std::size_t count(std::size_t data);
    [[noreturn]] void fail();
    [[noreturn]] void fail(const Refusal& why);
    [[noreturn]] void fail_gone();

    Transport& transport_;
    InputBuffer& input_;
    BodyFraming& framing_;
    Options options_;
    std::uint64_t taken_ = 0;
    Patience patience_;
    Refusal failure_;
    bool gone_ = false;
    std::string beyond_;
};

} // namespace strata::http
