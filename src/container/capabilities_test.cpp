// SPDX-License-Identifier: Apache-2.0
#include "container/capabilities.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::uint64_t kAll = (std::uint64_t{1} << 41) - 1;

TEST(Capabilities, FourteenByDefault)
{
    EXPECT_THAT(capabilities_of({}, kAll), SizeIs(14));
    EXPECT_THAT(capabilities_of({}, kAll), Contains("CAP_NET_RAW"));
}

TEST(Capabilities, AddAndDropWithAndWithoutPrefix)
{
    const auto names =
        capabilities_of({.add = {"net_admin", "CAP_SYS_TIME"}, .drop = {"chown"}}, kAll);
    EXPECT_THAT(names, SizeIs(15));
    EXPECT_THAT(names, Contains("CAP_NET_ADMIN"));
    EXPECT_THAT(names, Not(Contains("CAP_CHOWN")));
}

TEST(Capabilities, AllBothWays)
{
    EXPECT_THAT(capabilities_of({.add = {"kill"}, .drop = {"ALL"}}, kAll), ElementsAre("CAP_KILL"));
    EXPECT_THAT(capabilities_of({.drop = {"all"}}, kAll), SizeIs(0));
    EXPECT_THAT(capabilities_of({.add = {"ALL"}, .drop = {"kill"}}, kAll), SizeIs(40));
}

TEST(Capabilities, PrivilegedGivesWhatWeHave)
{
    EXPECT_THAT(capabilities_of({.privileged = true}, 0b11),
                ElementsAre("CAP_CHOWN", "CAP_DAC_OVERRIDE"));
}

TEST(Capabilities, UnknownOnesAreRefused)
{
    EXPECT_THAT([] { capabilities_of({.add = {"foo"}}, kAll); },
                FailsWith(Errc::invalid_argument,
                          HasSubstr("invalid CapAdd: unknown capability: \"CAP_FOO\"")));
}

} // namespace
} // namespace strata::container
