// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Base64, writes_and_reads)
{
    constexpr std::pair<std::string_view, std::string_view> kCases[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"\xff\xfe\xfd\xfc", "//79/A=="}};
    for (const auto& [bytes, text] : kCases) {
        EXPECT_EQ(encode_base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
    }
}

TEST(Base64, has_one_spelling)
{
    for (const char* text :
         {"Zg", "Zg=", "Zm8", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm-_", "Zg==Zg=="}) {
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    }
}

} // namespace
} // namespace strata
