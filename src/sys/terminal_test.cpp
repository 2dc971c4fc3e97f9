// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "sys/terminal.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;

std::string read_once(const Fd& fd)
{
    std::array<std::byte, 64> bytes{};
    const std::size_t got = read_some(fd, bytes);
    return {reinterpret_cast<const char*>(bytes.data()), got};
}

TEST(Terminal, has_a_size)
{
    const TerminalPair pair = open_terminal_pair();

    set_window_size(pair.master, {.rows = 50, .columns = 132});

    EXPECT_EQ(window_size(pair.slave), (WindowSize{50, 132}));
    EXPECT_TRUE(is_terminal(pair.slave));
    const Fd file = open_file("/dev/null", O_RDWR);
    EXPECT_FALSE(is_terminal(file));
    EXPECT_FALSE(window_size(file));
}

TEST(Terminal, raw_mode_passes_every_byte_and_goes_again)
{
    const TerminalPair pair = open_terminal_pair();
    {
        const RawMode raw{pair.slave.get()};
        write_all(pair.slave, "a\n");
        EXPECT_EQ(read_once(pair.master), "a\n");
    }
    write_all(pair.slave, "a\n");
    EXPECT_EQ(read_once(pair.master), "a\r\n");
    const Fd file = open_file("/dev/null", O_RDWR);
    EXPECT_THAT([&] { RawMode{file.get()}; }, FailsWith(Errc::invalid_argument));
}

TEST(Terminal, the_other_side_going_is_the_end)
{
    TerminalPair pair = open_terminal_pair();
    pair.slave.reset();

    EXPECT_EQ(read_once(pair.master), "");
}

} // namespace
} // namespace strata::sys
