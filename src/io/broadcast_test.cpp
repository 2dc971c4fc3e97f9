// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "io/broadcast.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

namespace strata::io {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;
using Consumer = std::function<void(Source&)>;

constexpr BroadcastOptions kSmall{.chunk_bytes = 1000, .chunks = 4};

std::string pattern(std::size_t size)
{
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>(i * 7 + i / 251);
    }
    return text;
}

Consumer collect(std::string& into)
{
    return [&into](Source& source) { into = read_all(source, 1 << 30); };
}

void ignore(Source&) {}

/// Gives text in pieces of `step` bytes and counts what it gave.
class SteppingSource final : public Source {
public:
    SteppingSource(std::string_view text, std::size_t step) : rest_{text}, step_{step} {}
    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t got = rest_.read(into.first(std::min(into.size(), step_)));
        given_ += got;
        return got;
    }
    std::size_t given() const { return given_; }

private:
    MemorySource rest_;
    std::size_t step_;
    std::atomic<std::size_t> given_ = 0;
};

/// Blocks until it is told to stop, as a network connection would.
class StuckSource final : public Source {
public:
    StuckSource(std::stop_token stop, std::latch& entered)
        : stop_{std::move(stop)}, entered_{entered}
    {
    }
    std::size_t read(std::span<std::byte>) override
    {
        entered_.count_down();
        std::mutex mutex;
        std::condition_variable_any condition;
        std::unique_lock lock{mutex};
        condition.wait(lock, stop_, [] { return false; });
        return 0;
    }

private:
    std::stop_token stop_;
    std::latch& entered_;
};

TEST(Broadcast, gives_everybody_the_same_bytes)
{
    const std::string text = pattern(123'456);
    for (const std::size_t step : std::vector<std::size_t>{100, 1000, 1001, 1'000'000}) {
        SteppingSource source{text, step};
        std::string first, second, third;
        EXPECT_EQ(broadcast(source, {collect(first), collect(second), collect(third)}, kSmall),
                  text.size());
        EXPECT_EQ(first, text);
        EXPECT_EQ(second, text);
        EXPECT_EQ(third, text);
    }
}

TEST(Broadcast, works_with_one_consumer_with_none_and_with_nothing)
{
    const std::string text = pattern(5000);
    MemorySource some{text};
    std::string read;
    EXPECT_EQ(broadcast(some, {collect(read)}, kSmall), 5000u);
    EXPECT_EQ(read, text);
    MemorySource again{text};
    EXPECT_EQ(broadcast(again, {}, kSmall), 5000u);
    MemorySource nothing{""};
    EXPECT_EQ(broadcast(nothing, {collect(read), ignore}, kSmall), 0u);
    EXPECT_EQ(read, "");
}

TEST(Broadcast, skips_and_hands_over_without_losing_the_place)
{
    const std::string text = pattern(20'000);
    MemorySource source{text};
    std::string middle;
    std::uint64_t past_end = 0;
    StringSink sink;
    broadcast(source,
              {[&](Source& stream) {
                   stream.skip(2500);
                   middle.resize(3000);
                   read_full(stream, std::as_writable_bytes(std::span{middle}));
                   past_end = stream.skip(1'000'000);
               },
               [&](Source& stream) {
                   stream.skip(1);
                   stream.write_to(sink);
               }},
              kSmall);
    EXPECT_EQ(middle, text.substr(2500, 3000));
    EXPECT_EQ(past_end, 20'000u - 5500u);
    EXPECT_EQ(sink.text, text.substr(1));
}

TEST(Broadcast, reads_on_for_the_others_when_one_has_seen_enough)
{
    const std::string text = pattern(50'000);
    MemorySource source{text};
    std::string whole;
    broadcast(source, {ignore, collect(whole), [](Source& stream) { stream.skip(10); }}, kSmall);
    EXPECT_EQ(whole, text);
}

TEST(Broadcast, stops_reading_when_nobody_listens)
{
    const std::string text = pattern(1'000'000);
    SteppingSource source{text, 1000};
    broadcast(source, {ignore, [](Source& stream) { stream.skip(1500); }}, kSmall);
    EXPECT_LT(source.given(), text.size());
}

TEST(Broadcast, never_runs_ahead_of_the_slowest_by_more_than_the_ring)
{
    const std::string text = pattern(100'000);
    SteppingSource source{text, 1000};
    std::size_t furthest = 0;
    std::string fast;
    broadcast(source,
              {collect(fast),
               [&](Source& stream) {
                   std::size_t seen = 0;
                   while (stream.skip(1) == 1) {
                       ++seen;
                       furthest = std::max(furthest, source.given() - seen);
                   }
               }},
              kSmall);
    EXPECT_LE(furthest, kSmall.chunk_bytes * kSmall.chunks);
    EXPECT_EQ(fast, text);
}

TEST(Broadcast, a_consumer_that_throws_stops_all)
{
    const std::string text = pattern(1'000'000);
    SteppingSource source{text, 1000};
    std::string unfinished;
    EXPECT_THAT(
        [&] {
            broadcast(source,
                      {collect(unfinished),
                       [](Source& stream) {
                           stream.skip(5000);
                           throw Error{Errc::exhausted, "disk full"};
                       },
                       collect(unfinished)},
                      kSmall);
        },
        FailsWith(Errc::exhausted, HasSubstr("disk full")));
    EXPECT_LT(source.given(), text.size());
}

TEST(Broadcast, a_source_that_throws_stops_all_who_wait)
{
    class Breaking final : public Source {
    public:
        std::size_t read(std::span<std::byte> into) override
        {
            if (++reads_ == 3) {
                throw Error{Errc::unavailable, "reset by peer"};
            }
            return into.size();
        }

    private:
        int reads_ = 0;
    };
    Breaking source;
    std::string first, second;
    EXPECT_THAT(
        [&] {
            broadcast(source, {collect(first), collect(second)}, kSmall);
        },
        FailsWith(Errc::unavailable, HasSubstr("reset by peer")));
}

TEST(Broadcast, a_stop_reaches_consumers_that_wait_for_a_stuck_source)
{
    std::stop_source stop;
    std::latch entered{1};
    StuckSource source{stop.get_token(), entered};
    std::jthread stopper{[&] {
        entered.wait();
        stop.request_stop();
    }};
    std::string text;
    EXPECT_THAT(
        [&] {
            broadcast(source, {collect(text), collect(text)}, kSmall, stop.get_token());
        },
        FailsWith(Errc::cancelled));
}

TEST(Broadcast, a_stop_reaches_a_reader_that_waits_for_a_full_ring)
{
    const std::string text = pattern(100'000);
    SteppingSource source{text, 1000};
    std::stop_source stop;
    EXPECT_THAT(
        [&] {
            broadcast(source,
                      {ignore,
                       [&](Source& stream) {
                           stream.skip(1);
                           while (source.given() < kSmall.chunk_bytes * kSmall.chunks) {
                               std::this_thread::yield();
                           }
                           stop.request_stop();
                           stream.skip(10'000);
                       }},
                      kSmall, stop.get_token());
        },
        FailsWith(Errc::cancelled));
}

TEST(Broadcast, a_stop_that_came_before_reads_nothing)
{
    const std::string text = pattern(100);
    SteppingSource source{text, 10};
    std::stop_source stop;
    stop.request_stop();
    std::string read;
    EXPECT_THAT([&] { broadcast(source, {collect(read)}, kSmall, stop.get_token()); },
                FailsWith(Errc::cancelled));
    EXPECT_EQ(source.given(), 0u);
}

TEST(Ring, takes_no_more_memory_than_it_is_given_beyond_a_few_pages)
{
    for (const std::size_t bytes : {0UL, 1UL, 4096UL, 100'000UL, 8UL << 20, 1UL << 30}) {
        const BroadcastOptions ring = ring_of(bytes);
        EXPECT_GE(ring.chunks, 2u);
        EXPECT_GE(ring.chunk_bytes, 4096u);
        EXPECT_LE(ring.chunks * ring.chunk_bytes, std::max(bytes, std::size_t{8192}));
    }
}

} // namespace
} // namespace strata::io
