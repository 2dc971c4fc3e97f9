// SPDX-License-Identifier: Apache-2.0
#include "container/user.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;

const UserFiles kFiles{.passwd = "root:x:0:0:root:/root:/bin/sh\n"
                                 "broken\n"
                                 "web:x:33:33:web:/var/www:/bin/false\n"
                                 "1000:x:7:8::/named-like-a-number:\n"
                                 "nohome:x:44:45\n"
                                 "huge:x:99999999999:0::/:\n",
                       .group =
                           "root:x:0:\nwww:x:33:\nadm:x:4:nobody,web\ntape:x:26:web\nlast:x:9:"};

TEST(FindUser, NobodyAskedForIsRoot)
{
    const User user = find_user("", {}, kFiles);
    EXPECT_EQ(user.uid, 0u);
    EXPECT_EQ(user.gid, 0u);
    EXPECT_EQ(user.home, "/root");
    EXPECT_THAT(user.groups, ElementsAre(0));
}

TEST(FindUser, NeedsNoFilesForNumbers)
{
    const User user = find_user("12:34", {}, {});
    EXPECT_EQ(user.uid, 12u);
    EXPECT_EQ(user.gid, 34u);
    EXPECT_EQ(user.home, "/");
    EXPECT_THAT(user.groups, ElementsAre(34));
}

TEST(FindUser, ByNameWithItsGroupsAndHome)
{
    const User user = find_user("web", {}, kFiles);
    EXPECT_EQ(user.uid, 33u);
    EXPECT_EQ(user.home, "/var/www");
    EXPECT_THAT(user.groups, ElementsAre(33, 4, 26));
}

TEST(FindUser, AnExplicitGroupStandsAlone)
{
    const User user = find_user("web:adm", {}, kFiles);
    EXPECT_EQ(user.gid, 4u);
    EXPECT_THAT(user.groups, ElementsAre(4));
}

TEST(FindUser, ExtraGroupsAreAddedOnce)
{
    const std::vector<std::string> extra{"tape", "33", "77"};
    EXPECT_THAT(find_user("33", extra, kFiles).groups, ElementsAre(33, 4, 26, 77));
}

TEST(FindUser, ANumberThatIsAlsoANameIsTheName)
{
    EXPECT_EQ(find_user("1000", {}, kFiles).uid, 7u);
}

TEST(FindUser, LinesThatEndEarlyStillCount)
{
    const User user = find_user("nohome", {}, kFiles);
    EXPECT_EQ(user.uid, 44u);
    EXPECT_EQ(user.home, "/");
}

TEST(FindUser, GroupFileWithoutLastNewline)
{
    EXPECT_EQ(find_user("0:last", {}, kFiles).gid, 9u);
}

TEST(FindUser, RefusesInDockersWords)
{
    EXPECT_THAT(
        [] { find_user("nobody", {}, kFiles); },
        FailsWith(Errc::invalid_argument,
                  HasSubstr("unable to find user nobody: no matching entries in passwd file")));
    EXPECT_THAT(
        [] { find_user(":none", {}, kFiles); },
        FailsWith(Errc::invalid_argument,
                  HasSubstr("unable to find group none: no matching entries in group file")));
    EXPECT_THAT([] { find_user("4294967296", {}, kFiles); },
                FailsWith(Errc::invalid_argument, HasSubstr("must be in range 0-2147483647")));
    EXPECT_THAT([] { find_user("huge", {}, kFiles); }, FailsWith(Errc::invalid_argument));
}

} // namespace
} // namespace strata::container
