// SPDX-License-Identifier: Apache-2.0
#include "sys/folder_reader.hpp"
#include "sys/pending_file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::sys {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names_in(const TempDir& dir)
{
    return sorted_names(open_file(dir.path(), O_RDONLY | O_DIRECTORY));
}

TEST(PendingFile, vanishes_unless_committed)
{
    TempDir dir;
    {
        PendingFile file = PendingFile::create(dir.path());
        write_all(file.fd(), "half");
        const PendingFile moved = std::move(file);
    }
    EXPECT_THAT(names_in(dir), IsEmpty());
}

TEST(PendingFile, has_no_name_until_it_is_committed)
{
    TempDir dir;
    const PendingFile file = PendingFile::create(dir.path());
    EXPECT_THAT(names_in(dir), IsEmpty()) << "a process that is killed now leaves nothing";
}

TEST(PendingFile, replaces_its_target_when_committed)
{
    TempDir dir;
    write_all(open_file(dir / "target", O_WRONLY | O_CREAT, 0600), "old");
    PendingFile file = PendingFile::create(dir.path());
    write_all(file.fd(), "new");

    file.commit(dir / "target", 0640);

    EXPECT_THAT(names_in(dir), ElementsAre("target"));
    EXPECT_EQ(read_small_file(dir / "target"), "new");
    EXPECT_EQ(find_status(dir / "target")->st_mode & 07777, 0640U);
}

TEST(PendingFile, a_failed_commit_leaves_nothing)
{
    TempDir dir;
    {
        PendingFile file = PendingFile::create(dir.path());
        EXPECT_THAT([&] { file.commit(dir / "no/such/folder"); }, FailsWith(Errc::not_found));
    }
    EXPECT_THAT(names_in(dir), IsEmpty());
}

} // namespace
} // namespace strata::sys
