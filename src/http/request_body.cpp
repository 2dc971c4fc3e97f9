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

sys::Interest interest_of(State state)
{
    return state == State::not_now ? sys::Interest::read : sys::Interest::write;
}

bool must_wait(State state)
{
    return state == State::not_now || state == State::not_now_tx;
}

} // namespace

bool Patience::wait(const Transport& transport, sys::Interest interest)
{
    Clock::duration time{};
    const bool ready = pool_.aside([&] {
        const Clock::time_point before = Clock::now();
        const bool is_ready = sys::wait_for_socket(transport.socket(), interest, longest_);
        time = Clock::now() - before; // without what it takes to get a place again
        return is_ready;
    });
    waited_ += time;
    return ready && !is_over();
}

bool Patience::is_over() const noexcept
{
    const double seconds = std::chrono::duration<double>(waited_).count();
    return waited_ > longest_ && static_cast<double>(bytes_) < seconds * kSlowest;
}

void write_all(Transport& transport, std::string_view first, std::string_view second,
               Patience& patience)
{
    while (!first.empty() || !second.empty()) {
        const sys::Moved moved = transport.write(first, second);
        if (moved.state == State::some) {
            const std::size_t of_first = std::min(first.size(), moved.bytes);
            first.remove_prefix(of_first);
            second.remove_prefix(moved.bytes - of_first);
            patience.moved(moved.bytes);
        } else if (!must_wait(moved.state)) {
            throw Error{Errc::unavailable, "the client has gone"};
        } else if (!patience.wait(transport, interest_of(moved.state))) {
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
            write_all(transport_, "HTTP/1.1 100 Continue\r\n\r\n", {}, patience_);
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
            patience_.moved(moved.bytes);
            return moved.bytes;
        }
        if (moved.state == State::end) { // it may still be listening
            fail({400, "the body is cut short"});
        }
        if (!must_wait(moved.state)) {
            fail_gone();
        }
        if (!patience_.wait(transport_, interest_of(moved.state))) {
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
