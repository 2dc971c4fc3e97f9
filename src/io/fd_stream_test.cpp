// SPDX-License-Identifier: Apache-2.0
#include "io/fd_stream.hpp"
#include "sys/file.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace strata::io {
namespace {

using strata::testing::TempDir;

class FdStream : public ::testing::Test {
protected:
    FdStream() { sys::write_all(file_, "0123456789"); }

    TempDir folder_;
    sys::Fd file_ = sys::open_file(folder_ / "file", O_RDWR | O_CREAT, 0600);
};

TEST_F(FdStream, reads_from_where_the_file_stands_and_leaves_it_there)
{
    ::lseek(file_.get(), 4, SEEK_SET);
    FdSource source = FdSource::borrow(file_);
    EXPECT_EQ(read_all(source, 100), "456789");
    EXPECT_EQ(::lseek(file_.get(), 0, SEEK_CUR), 4);
}

TEST_F(FdStream, reads_a_range_of_a_file)
{
    FdSource source{file_.duplicate(), 2, 5};
    EXPECT_EQ(source.skip(1), 1u);
    EXPECT_EQ(read_all(source, 100), "3456");
    EXPECT_EQ(source.skip(1), 0u);
}

TEST_F(FdStream, skips_no_further_than_the_file_or_the_range)
{
    ::lseek(file_.get(), 0, SEEK_SET);
    FdSource whole = FdSource::borrow(file_);
    EXPECT_EQ(whole.skip(1000), 10u);
    FdSource range{file_.duplicate(), 8, 1000};
    EXPECT_EQ(range.skip(5), 2u);
}

TEST_F(FdStream, reads_what_was_appended_after_it_was_opened)
{
    ::lseek(file_.get(), 0, SEEK_SET);
    FdSource source = FdSource::borrow(file_);
    sys::write_all_at(file_, std::as_bytes(std::span{std::string_view{"ab"}}), 10);
    EXPECT_EQ(source.skip(11), 11u);
    EXPECT_EQ(read_all(source, 100), "b");
}

TEST_F(FdStream, reads_files_that_do_not_say_how_long_they_are)
{
    FdSource source{sys::open_file("/proc/self/comm", O_RDONLY)};
    EXPECT_NE(read_all(source, 100), "");
}

TEST_F(FdStream, reads_and_skips_what_comes_through_a_pipe)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    FdSource source{sys::Fd{ends[0]}};
    {
        const sys::Fd writer{ends[1]};
        FdSink{writer}.write("hello pipe");
    }
    EXPECT_EQ(source.skip(6), 6u);
    EXPECT_EQ(read_all(source, 100), "pipe");
}

} // namespace
} // namespace strata::io
