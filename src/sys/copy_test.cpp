// SPDX-License-Identifier: Apache-2.0
#include "sys/copy.hpp"
#include "sys/file.hpp"
#include "sys/mapped_file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <thread>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;

class CopyTest : public ::testing::Test {
protected:
    Fd file(const char* name, std::string_view text = {}, int flags = 0)
    {
        Fd made = open_file(dir_ / name, O_RDWR | O_CREAT | flags, 0644);
        write_all(made, text);
        return made;
    }
    std::string content(const char* name) { return read_small_file(dir_ / name); }

    TempDir dir_;
};

TEST_F(CopyTest, copies_a_range_to_where_the_target_stands)
{
    const Fd from = file("from", "0123456789");
    const Fd to = file("to", "ab");

    copy_bytes(from, 3, 4, to);

    EXPECT_EQ(content("to"), "ab3456");
}

TEST_F(CopyTest, copies_to_files_opened_for_appending)
{
    const Fd from = file("from", "0123456789");
    const Fd to = file("to", "ab", O_APPEND);

    copy_bytes(from, 8, 2, to);

    EXPECT_EQ(content("to"), "ab89");
}

TEST_F(CopyTest, copies_into_a_pipe)
{
    const std::string text(300'000, 'x'); // more than a pipe holds
    const Fd from = file("from", text);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd reader{ends[0]};
    Fd writer{ends[1]};
    std::jthread copier{[&] {
        copy_bytes(from, 0, text.size(), writer);
        writer.reset();
    }};

    EXPECT_EQ(read_small_file(reader), text);
}

TEST_F(CopyTest, copies_from_files_that_claim_to_be_empty)
{
    const Fd from = open_file("/proc/self/stat", O_RDONLY);
    const Fd to = file("to");

    copy_bytes(from, 0, 10, to);

    EXPECT_EQ(content("to").size(), 10U);
}

TEST_F(CopyTest, a_source_that_ends_early_is_an_error)
{
    const Fd from = file("from", "0123");
    const Fd to = file("to");

    EXPECT_THAT([&] { copy_bytes(from, 2, 100, to); }, FailsWith(Errc::corrupt));
}

TEST_F(CopyTest, keeps_holes)
{
    const Fd from = file("from", "head");
    constexpr std::uint64_t kFar = 8 << 20;
    write_all_at(from, std::as_bytes(std::span{"tail", 4}), kFar);
    resize(from, 2 * kFar);
    const Fd to = file("to");

    copy_sparse(from, to);

    EXPECT_EQ(size_of(to), 2 * kFar);
    EXPECT_LT(status_of(to).st_blocks * 512, 1 << 20);
    EXPECT_EQ(content("to"), content("from"));
}

TEST_F(CopyTest, reserving_does_not_change_the_size)
{
    const Fd made = file("file", "abc");

    reserve_space(made, 1 << 20);
    start_write_back(made, 0, 3);

    EXPECT_EQ(size_of(made), 3U);
}

TEST_F(CopyTest, maps_files)
{
    const MappedFile empty{file("empty")};
    MappedFile some{file("some", "text")};
    const MappedFile moved = std::move(some);

    EXPECT_TRUE(empty.bytes().empty());
    EXPECT_TRUE(some.bytes().empty()); // NOLINT: it is what moving promises
    EXPECT_EQ(moved.bytes().size(), 4U);
    EXPECT_EQ(moved.bytes()[3], std::byte{'t'});
}

} // namespace
} // namespace strata::sys
