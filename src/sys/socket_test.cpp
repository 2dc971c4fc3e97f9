// SPDX-License-Identifier: Apache-2.0
#include "sys/poll.hpp"
#include "sys/socket.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

TEST(Socket, connects_two_processes_that_know_each_other)
{
    TempDir dir;
    const Fd listener = listen_unix(dir / "socket", SocketType::stream, 0660);

    const Fd client = connect_unix(dir / "socket", SocketType::stream);
    const Fd server = accept_client(listener).value();
    write_all(client, "hello");
    finish_sending(client);

    EXPECT_EQ(read_small_file(server), "hello");
    EXPECT_EQ(peer_of(server).pid, ::getpid());
    EXPECT_EQ(peer_of(server).uid, ::geteuid());
    EXPECT_EQ(find_status(dir / "socket")->st_mode & 07777U, 0660U);
}

TEST(Socket, paths_may_be_longer_than_an_address)
{
    TempDir dir;
    const Path folder = dir / std::string(120, 'x') / std::string(120, 'y');
    ensure_folders(folder);

    const Fd listener = listen_unix(folder / "socket", SocketType::seqpacket);

    EXPECT_NO_THROW(connect_unix(folder / "socket", SocketType::seqpacket));
    EXPECT_THAT([&] { listen_unix(dir / std::string(120, 'z'), SocketType::stream); },
                FailsWith(Errc::invalid_argument));
}

TEST(Socket, an_abandoned_socket_is_replaced_and_a_used_one_is_not)
{
    TempDir dir;
    Fd listener = listen_unix(dir / "socket", SocketType::stream);
    EXPECT_THAT([&] { listen_unix(dir / "socket", SocketType::stream); },
                FailsWith(Errc::conflict));

    listener.reset();

    EXPECT_THAT([&] { connect_unix(dir / "socket", SocketType::stream); },
                FailsWith(Errc::unavailable));
    EXPECT_NO_THROW(listen_unix(dir / "socket", SocketType::stream));
    EXPECT_THAT([&] { connect_unix(dir / "nothing", SocketType::stream); },
                FailsWith(Errc::not_found));
    open_file(dir / "file", O_WRONLY | O_CREAT, 0600);
    EXPECT_THAT([&] { listen_unix(dir / "file", SocketType::stream); }, FailsWith(Errc::conflict));
}

TEST(Socket, its_file_goes_unless_another_one_took_its_place)
{
    TempDir dir;
    {
        const Fd listener = listen_unix(dir / "socket", SocketType::stream);
        const SocketFile file{dir / "socket"};
    }
    EXPECT_FALSE(find_status(dir / "socket"));
    Fd next;
    {
        const Fd gone = listen_unix(dir / "socket", SocketType::stream);
        const SocketFile file{dir / "socket"};
        remove_file(dir / "socket");
        next = listen_unix(dir / "socket", SocketType::stream);
    }
    EXPECT_NO_THROW(connect_unix(dir / "socket", SocketType::stream));
}

TEST(Socket, passes_descriptors)
{
    const auto [one, other] = make_socket_pair(SocketType::seqpacket);
    auto [reader, writer] = make_pipe();
    const std::array fds{writer.get(), reader.get()};

    send_with_fds(one, bytes_of("pipe"), fds);
    writer.reset();

    std::array<std::byte, 16> text{};
    const Received received = receive_with_fds(other, text);
    EXPECT_EQ(received.bytes, 4U);
    ASSERT_EQ(received.fds.size(), 2U);
    EXPECT_EQ(::fcntl(received.fds[0].get(), F_GETFD), FD_CLOEXEC);
    write_all(received.fds[0], "x");
    EXPECT_TRUE(wait_readable(reader, std::chrono::milliseconds{0}));
}

TEST(Socket, messages_stay_whole_and_the_end_shows)
{
    auto [one, other] = make_socket_pair(SocketType::seqpacket);
    send_with_fds(one, bytes_of("first"), {});
    send_with_fds(one, bytes_of("second"), {});
    one.reset();

    std::array<std::byte, 64> text{};
    EXPECT_EQ(receive_with_fds(other, text).bytes, 5U);
    EXPECT_EQ(receive_with_fds(other, text).bytes, 6U);
    EXPECT_EQ(receive_with_fds(other, text).bytes, 0U);
    const Fd& socket = other;
    EXPECT_THAT([&] { send_with_fds(socket, bytes_of("x"), {}); }, FailsWith(Errc::unavailable));
    EXPECT_THAT([&] { send_some(socket, bytes_of("x")); }, FailsWith(Errc::unavailable));
}

} // namespace
} // namespace strata::sys
