// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/net.hpp"
#include "sys/poll.hpp"
#include "sys/socket.hpp"
#include "sys/thread.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <latch>
#include <pthread.h>

namespace strata::sys {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::StartsWith;

std::span<std::byte> bytes_of(std::string& text)
{
    return std::as_writable_bytes(std::span{text});
}

/// Two ends that never block.
struct Ends {
    Ends()
    {
        auto pair = make_socket_pair(SocketType::stream);
        one = std::move(pair.first);
        other = std::move(pair.second);
        set_nonblocking(one);
        set_nonblocking(other);
    }
    Fd one;
    Fd other;
};

TEST(Net, listens_where_it_is_told_to)
{
    EXPECT_THAT(local_address(listen_tcp("127.0.0.1:0")), StartsWith("127.0.0.1:"));
    EXPECT_THAT(local_address(listen_tcp("localhost:0")), ::testing::Not(StartsWith("0.0.0.0")));
    const Fd listener = listen_tcp(":0");

    EXPECT_THAT([&] { listen_tcp(local_address(listener)); }, FailsWith(Errc::unavailable));
    EXPECT_THAT([&] { listen_tcp("192.0.2.1:0"); }, FailsWith(Errc::unavailable));
    for (const char* bad : {"", ":", "x", "1.2.3.4", ":-1", ":65536", ":1x", "::1:5", "[::1]"}) {
        EXPECT_THAT([&] { listen_tcp(bad); }, FailsWith(Errc::invalid_argument)) << bad;
    }
}

TEST(Net, nobody_to_accept_is_an_answer)
{
    EXPECT_FALSE(accept_connection(listen_tcp("127.0.0.1:0")).has_value());
}

TEST(Net, receiving_and_sending_say_what_became_of_them)
{
    Ends ends;
    std::string into(100, '\0');

    EXPECT_EQ(receive(ends.one.get(), bytes_of(into)).state, Moved::State::not_now);
    EXPECT_EQ(send(ends.other.get(), "he", "llo", MoreFollows::no).bytes, 5U);
    EXPECT_EQ(receive(ends.one.get(), bytes_of(into)).bytes, 5U);
    EXPECT_EQ(into.substr(0, 5), "hello");

    const std::string much(1 << 20, 'x');
    Moved moved;
    do {
        moved = send(ends.other.get(), much, {}, MoreFollows::no);
    } while (moved.state == Moved::State::some);
    EXPECT_EQ(moved.state, Moved::State::not_now_tx);

    ends.one.reset();
    EXPECT_EQ(send(ends.other.get(), "x", {}, MoreFollows::no).state, Moved::State::broken);
}

TEST(Net, the_end_shows)
{
    const Ends ends;
    std::string into(100, '\0');

    shut_down_sending(ends.other.get());

    EXPECT_EQ(receive(ends.one.get(), bytes_of(into)).state, Moved::State::end);
    EXPECT_EQ(send(ends.one.get(), "still", {}, MoreFollows::no).bytes, 5U);
}

TEST(Net, sends_a_part_of_a_file)
{
    const TempDir folder;
    const Fd file = open_file(folder / "file", O_CREAT | O_RDWR, 0600);
    write_all(file, "0123456789");
    const Ends ends;
    std::string into(100, '\0');

    EXPECT_EQ(send_file(ends.one.get(), file, 3, 4).bytes, 4U);
    EXPECT_EQ(send_file(ends.one.get(), file, 10, 4).state, Moved::State::end);

    EXPECT_EQ(receive(ends.other.get(), bytes_of(into)).bytes, 4U);
    EXPECT_EQ(into.substr(0, 4), "3456");
}

TEST(Net, knows_what_is_in_the_page_cache)
{
    const TempDir folder;
    const Fd file = open_file(folder / "file", O_CREAT | O_RDWR, 0600);
    write_all(file, std::string(300'000, 'x'));

    read_ahead(file, 0, 400'000); // as far as there is a file

    EXPECT_TRUE(is_cached(file, 0, 300'000));
    EXPECT_TRUE(is_cached(file, 0, 0));
    EXPECT_TRUE(is_cached(file, 500'000, 10)); // nothing to wait for
}

TEST(Net, waits_until_a_socket_is_ready)
{
    const Ends ends;

    EXPECT_TRUE(wait_for_socket(ends.one.get(), Interest::write, milliseconds{0}));
    EXPECT_FALSE(wait_for_socket(ends.one.get(), Interest::read, milliseconds{0}));
    send(ends.other.get(), "x", {}, MoreFollows::no);
    EXPECT_TRUE(wait_for_socket(ends.one.get(), Interest::read, std::chrono::minutes{1}));
}

TEST(Thread, runs_with_its_name)
{
    std::string name(16, '\0');
    std::latch ended{1};

    start_thread("a name that is too long", 256 << 10, [&] {
        ::pthread_getname_np(::pthread_self(), name.data(), name.size());
        ended.count_down();
    });

    ended.wait();
    EXPECT_STREQ(name.c_str(), "a name that is ");
}

} // namespace
} // namespace strata::sys
