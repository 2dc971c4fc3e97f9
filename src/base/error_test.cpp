// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Error, tells_its_story_from_the_outside_in)
{
    Error error{Errc::corrupt, "digest mismatch"};

    error.add_context("layer 3 of 5");
    error.add_context("loading web:1.4");

    EXPECT_STREQ(error.what(), "loading web:1.4: layer 3 of 5: digest mismatch");
}

TEST(Error, in_context_describes_only_failures)
{
    int described = 0;
    const auto describe = [&] {
        ++described;
        return std::string{"doing it"};
    };

    EXPECT_EQ(in_context(describe, [] { return 7; }), 7);

    EXPECT_EQ(described, 0);
}

TEST(Error, maps_a_full_disk_to_exhausted)
{
    try {
        throw_system_error(ENOSPC, "write layer");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::exhausted);
        EXPECT_EQ(error.message(), "write layer: No space left on device");
        return;
    }
    FAIL() << "nothing was thrown";
}

} // namespace
} // namespace strata
