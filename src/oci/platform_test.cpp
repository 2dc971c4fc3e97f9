// SPDX-License-Identifier: Apache-2.0
#include "oci/platform.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> texts(const std::vector<Platform>& platforms)
{
    std::vector<std::string> all;
    for (const Platform& platform : platforms) {
        all.push_back(platform.str());
    }
    return all;
}

TEST(Platform, is_written_in_one_way)
{
    constexpr std::pair<std::string_view, std::string_view> kCases[] = {
        {"linux/amd64", "linux/amd64"},
        {"Linux/x86_64", "linux/amd64"},
        {"linux/amd64/v1", "linux/amd64"},
        {"linux/amd64/v3", "linux/amd64/v3"},
        {"linux/i386", "linux/386"},
        {"linux/aarch64", "linux/arm64"},
        {"linux/arm64/v8", "linux/arm64/v8"},
        {"linux/arm64/v9", "linux/arm64/v9"},
        {"linux/arm", "linux/arm"},
        {"arm", "linux/arm"},
        {"linux/arm/7", "linux/arm/v7"},
        {"linux/arm/6", "linux/arm/v6"},
        {"linux/armhf", "linux/arm"},
        {"linux/armel", "linux/arm/v6"},
        {"macos/arm64", "darwin/arm64"},
        {"windows(10.0.17763.1+win32k)/amd64", "windows(10.0.17763.1+win32k)/amd64"},
        {"something/else", "something/else"},
    };
    for (const auto& [written, meant] : kCases) {
        EXPECT_EQ(Platform::parse(written).str(), meant);
    }
}

TEST(Platform, that_is_half_said_is_the_hosts)
{
    EXPECT_EQ(Platform::parse("linux").architecture, Platform::host().architecture);
    EXPECT_EQ(Platform::parse("s390x").str(), "linux/s390x");
}

TEST(Platform, that_makes_no_sense_is_refused)
{
    for (const char* text : {"", "/", "linux/", "linux//v7", "a/b/c/d", "linux/*", "nonsense",
                             "windows(10/amd64", "linux/am d64", "li$nux/amd64"}) {
        EXPECT_THAT([&] { Platform::parse(text); }, FailsWith(Errc::invalid_argument)) << text;
    }
    EXPECT_THAT([] { Platform::parse("nonsense"); },
                FailsWith(Errc::invalid_argument,
                          HasSubstr("\"nonsense\": unknown operating system or architecture: "
                                    "invalid argument")));
    EXPECT_THAT([] { Platform::parse("linux/"); },
                FailsWith(Errc::invalid_argument,
                          HasSubstr(R"("" is an invalid component of "linux/": platform )"
                                    R"(specifier component must match "^[A-Za-z0-9_-]+$": )")));
}

TEST(Platform, that_is_said_in_two_ways_is_one)
{
    const auto normalized = [](std::string_view text) {
        return Platform::parse(text).normalized().str();
    };
    EXPECT_EQ(normalized("linux/arm"), "linux/arm/v7");
    EXPECT_EQ(normalized("linux/arm64/v8"), "linux/arm64");
}

TEST(Platform, runs_what_is_older)
{
    EXPECT_THAT(texts(runnable_on(Platform::parse("linux/amd64"))),
                ElementsAre("linux/amd64", "linux/386"));
    EXPECT_THAT(texts(runnable_on(Platform::parse("linux/amd64/v3"))),
                ElementsAre("linux/amd64/v3", "linux/amd64/v2", "linux/amd64", "linux/386"));
    EXPECT_THAT(texts(runnable_on(Platform::parse("linux/arm/v6"))),
                ElementsAre("linux/arm/v6", "linux/arm/v5"));
    EXPECT_THAT(
        texts(runnable_on(Platform::parse("linux/arm64"))),
        ElementsAre("linux/arm64", "linux/arm/v8", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"));
    EXPECT_THAT(texts(runnable_on(Platform::parse("linux/s390x"))), ElementsAre("linux/s390x"));
}

TEST(Platform, version_and_features_count_only_when_they_are_asked_for)
{
    const Platform made_for = Platform::parse("windows(10.0.1+win32k)/amd64");

    EXPECT_TRUE(matches(Platform::parse("windows/amd64"), made_for));
    EXPECT_TRUE(matches(Platform::parse("windows(10.0.1)/x86_64"), made_for));
    EXPECT_FALSE(matches(Platform::parse("windows(10.0.2)/amd64"), made_for));
    EXPECT_FALSE(matches(Platform::parse("windows(+other)/amd64"), made_for));
    EXPECT_FALSE(matches(Platform::parse("linux/amd64"), made_for));
}

} // namespace
} // namespace strata::oci
