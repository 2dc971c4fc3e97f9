// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <gmock/gmock.h>

#include <ostream>
#include <string>

namespace strata::testing {

/// A callable that throws an Error of this code, whose whole text (context included) satisfies
/// `text`: `EXPECT_THAT([&] { store.open(id); }, FailsWith(Errc::not_found,
/// HasSubstr("sha256:")));`
MATCHER_P2(FailsWithText, code, text, "")
{
    try {
        arg();
    } catch (const Error& error) {
        *result_listener << "which fails with code " << static_cast<int>(error.code()) << ": "
                         << error.what();
        return error.code() == code &&
               ::testing::ExplainMatchResult(text, std::string{error.what()}, result_listener);
    }
    *result_listener << "which does not fail";
    return false;
}

inline auto FailsWith(Errc code)
{
    return FailsWithText(code, ::testing::_);
}

template <typename Text>
auto FailsWith(Errc code, Text text)
{
    return FailsWithText(code, text);
}

} // namespace strata::testing
