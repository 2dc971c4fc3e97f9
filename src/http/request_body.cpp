// SPDX-License-Identifier: Apache-2.0
#include "http/request_body.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cstring>

namespace strata::http {
namespace {

using Clock = std::chrono::steady_clock;
using State = sys::Moved::State;

constexpr double kSlowest = 128; // bytes a second

/// Until what a result asks to wait for has come; false if that takes too long.
bool wait_until_ready(const Transport& transport, State state, Pace& pace)
{
    const Clock::time_point before = Clock::now();
    const auto interest = state == State::not_now ? sys::Interest::read : sys::Interest::write;
    const bool ready = sys::wait_for_socket(transport.socket(), interest, pace.patience());
    pace.waited(Clock::now() - before);
    return ready && !pace.too_slow();
}

bool must_wait(State state)
{
    return state == State::not_now || state == State::not_now_tx;
}

} // namespace

bool Pace::too_slow() const noexcept
{
    const double seconds = std::chrono::duration<double>(waited_).count();
    return waited_ > patience_ && static_cast<double>(bytes_) < seconds * kSlowest;
}

void write_all(Transport& transport, std::string_view first, std::string_view second, Pace& pace)
{
    while (!first.empty() || !second.empty()) {
        const sys::Moved moved = transport.write(first, second);
        if (moved.state == State::some) {
            const std::size_t of_first = std::min(first.size(), moved.bytes);
            first.remove_prefix(of_first);
            second.remove_prefix(moved.bytes - of_first);
            pace.moved(moved.bytes);
        } else if (!must_wait(moved.state)) {
            throw Error{Errc::unavailable, "the client has gone"};
        } else if (!wait_until_ready(transport, moved.state, pace)) {
            throw Error{Errc::unavailable, "the client takes nothing any more, or too slowly"};
        }
    }
}

std::size_t RequestBody::read(std::span<std::byte> into)
{
    if (failure_ || gone_) {
        fail();
    }
    while (!into.empty() && !framing_.done()) {
        const std::size_t got = input_.text().empty() ? read_socket(into) : read_arrived(into);
        if (framing_.bad()) {
            fail({400, "the body's chunks are malformed"});
        }
        if (got > 0) {
            return count(got);
        }
    }
    return 0;
}

std::size_t RequestBody::read_arrived(std::span<std::byte> into)
{
    options_.expects_continue = false; // it has not waited
    const std::string_view text = input_.text();
    const ChunkDecoder::Step step = framing_.take(text.substr(0, into.size()));
    std::memcpy(into.data(), text.data() + step.taken - step.data, step.data);
    input_.use_up(step.taken);
    return step.data;
}

std::size_t RequestBody::read_socket(std::span<std::byte> into)
{
    if (std::exchange(options_.expects_continue, false)) {
        try {
            write_all(transport_, "HTTP/1.1 100 Continue\r\n\r\n", {}, pace_);
        } catch (const Error&) {
            fail_gone();
        }
    }
    if (!framing_.chunked()) {
        const std::uint64_t most = std::min<std::uint64_t>(into.size(), framing_.certainly_left());
        const std::size_t got = receive(into.first(static_cast<std::size_t>(most)));
        return framing_.take({reinterpret_cast<const char*>(into.data()), got}).data;
    }
    const std::span<std::byte> raw = into.first(receive(into));
    const BodyFraming::Squeezed squeezed = framing_.squeeze(raw);
    if (framing_.done() && squeezed.rest > 0) {
        const auto rest = raw.last(squeezed.rest);
        beyond_.assign(reinterpret_cast<const char*>(rest.data()), rest.size());
    }
    return squeezed.data;
}

std::size_t RequestBody::receive(std::span<std::byte> into)
{
    for (;;) {
        const sys::Moved moved = transport_.read(into);
        if (moved.state == State::some) {
            pace_.moved(moved.bytes);
            return moved.bytes;
        }
        if (!must_wait(moved.state)) {
            fail_gone();
        }
        if (!wait_until_ready(transport_, moved.state, pace_)) {
            fail({408, "the body does not come, or too slowly"});
        }
    }
}

std::size_t RequestBody::count(std::size_t data)
{
    taken_ += data;
    if (taken_ > options_.limit) {
        fail({413, "the body is too large"});
    }
    return data;
}

void RequestBody::fail(const Refusal& why)
{
    failure_ = why;
    fail();
}

void RequestBody::fail_gone()
{
    gone_ = true;
    fail();
}

void RequestBody::fail()
{
    switch (failure_.status) {
    case 400:
        throw Error{Errc::invalid_argument, failure_.why};
    case 413:
        throw Error{Errc::exhausted, failure_.why};
    case 408:
        throw Error{Errc::unavailable, failure_.why};
    default:
        throw Error{Errc::unavailable, "the client went away before its body was complete"};
    }
}

} // namespace strata::http
