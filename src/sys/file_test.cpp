// SPDX-License-Identifier: Apache-2.0
#include "sys/file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <array>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::HasSubstr;

void put(const Path& path, std::string_view text)
{
    write_all(open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
}

TEST(File, opening_what_is_not_there_names_it)
{
    TempDir dir;

    EXPECT_THAT([&] { open_file(dir / "nothing", O_RDONLY); },
                FailsWith(Errc::not_found, HasSubstr("nothing")));
    EXPECT_FALSE(find_file(dir / "nothing", O_RDONLY));
    EXPECT_FALSE(find_status(dir / "nothing/below"));
}

TEST(File, reads_a_small_file_whole_and_refuses_a_larger_one)
{
    TempDir dir;
    put(dir / "f", "12345");

    EXPECT_EQ(read_small_file(dir / "f", 5), "12345");
    EXPECT_THAT([&] { read_small_file(dir / "f", 4); }, FailsWith(Errc::exhausted));
}

TEST(File, reads_files_that_claim_to_be_empty)
{
    EXPECT_THAT(read_small_file("/proc/self/status"), HasSubstr("Name:"));
}

TEST(File, reads_and_writes_at_offsets)
{
    TempDir dir;
    const Fd file = open_file(dir / "f", O_RDWR | O_CREAT, 0644);

    write_all_at(file, std::as_bytes(std::span{"xyz", 3}), 4);

    std::array<char, 8> bytes{};
    EXPECT_EQ(read_full_at(file, std::as_writable_bytes(std::span{bytes}), 2), 5U);
    EXPECT_EQ(std::string_view(bytes.data(), 5), std::string_view("\0\0xyz", 5));
    EXPECT_EQ(size_of(file), 7U);
}

TEST(File, folders_get_exactly_their_mode_whatever_the_umask)
{
    TempDir dir;
    const mode_t before = ::umask(077);

    ensure_folders(dir / "a/b/c/", 0751);

    ::umask(before);
    EXPECT_EQ(find_status(dir / "a/b/c")->st_mode & 07777, 0751U);
    EXPECT_EQ(find_status(dir / "a")->st_mode & 07777, 0751U);
    EXPECT_NO_THROW(ensure_folders(dir / "a/b/c"));
    EXPECT_THAT([&] { make_folder(dir / "a"); }, FailsWith(Errc::already_exists));
}

TEST(File, a_file_in_the_way_of_a_folder_is_an_error)
{
    TempDir dir;
    put(dir / "a", "");

    EXPECT_THAT([&] { ensure_folders(dir / "a/b"); }, FailsWith(Errc::already_exists));
}

TEST(File, rename_new_never_replaces)
{
    TempDir dir;
    put(dir / "a", "a");
    put(dir / "b", "b");

    EXPECT_THAT([&] { rename_new(dir / "a", dir / "b"); }, FailsWith(Errc::already_exists));

    EXPECT_EQ(read_small_file(dir / "b"), "b");
    rename_file(dir / "a", dir / "b");
    EXPECT_EQ(read_small_file(dir / "b"), "a");
}

TEST(File, removing_what_is_not_there_is_fine)
{
    TempDir dir;

    EXPECT_NO_THROW(remove_file(dir / "nothing"));
    EXPECT_NO_THROW(remove_tree(dir / "nothing"));
    EXPECT_NO_THROW(remove_tree(dir / "nothing/below"));
}

TEST(File, knows_that_there_is_free_space)
{
    TempDir dir;

    EXPECT_GT(free_bytes(dir.path()), 0U);
    EXPECT_NO_THROW(sync_folder(dir.path()));
}

} // namespace
} // namespace strata::sys
