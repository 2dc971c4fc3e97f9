// SPDX-License-Identifier: Apache-2.0
#include "registry/api/answer_cache.hpp"

#include <gmock/gmock.h>

namespace strata::registry::api {
namespace {

AnswerPtr answer(std::string text)
{
    const oci::Digest digest = oci::Digest::of(text);
    const std::size_t size = text.size();
    return std::make_shared<const Answer>(
        Answer{.fields = std::make_shared<const std::string>("A: b\r\n"),
               .body = std::make_shared<const std::string>(std::move(text)),
               .size = size,
               .etag = {},
               .media_type = {},
               .digest = digest});
}

TEST(AnswerCache, gives_back_what_was_put_there)
{
    AnswerCache cache{{}};
    const AnswerPtr there = answer("x");
    cache.put("a/b", "latest", there, cache.ticket("a/b", "latest"));
    EXPECT_EQ(cache.find("a/b", "latest"), there);
    EXPECT_EQ(cache.find("a/b", "other"), nullptr);
    EXPECT_EQ(cache.find("a", "latest"), nullptr);
}

TEST(AnswerCache, forgets)
{
    AnswerCache cache{{}};
    cache.put("a", "1", answer("x"), cache.ticket("a", "1"));
    cache.put("a", "2", answer("x"), cache.ticket("a", "2"));
    cache.forget("a", "1");
    EXPECT_EQ(cache.find("a", "1"), nullptr);
    EXPECT_NE(cache.find("a", "2"), nullptr);
    cache.forget_all();
    EXPECT_EQ(cache.find("a", "2"), nullptr);
}

TEST(AnswerCache, looks_up_anew_what_was_there_for_its_lifetime)
{
    AnswerCache cache{{.lifetime = std::chrono::nanoseconds{1}}};
    cache.put("a", "1", answer("x"), cache.ticket("a", "1"));
    EXPECT_EQ(cache.find("a", "1"), nullptr);
    AnswerCache longer{{.lifetime = std::chrono::hours{1}}};
    longer.put("a", "1", answer("x"), longer.ticket("a", "1"));
    EXPECT_NE(longer.find("a", "1"), nullptr);
}

TEST(AnswerCache, does_not_take_what_was_read_before_something_was_forgotten)
{
    AnswerCache cache{{}};
    const auto ticket = cache.ticket("a", "1");
    cache.forget("a", "1"); // a writer was faster
    cache.put("a", "1", answer("stale"), ticket);
    EXPECT_EQ(cache.find("a", "1"), nullptr);
    const auto other = cache.ticket("a", "1");
    cache.forget_all();
    cache.put("a", "1", answer("stale"), other);
    EXPECT_EQ(cache.find("a", "1"), nullptr);
}

TEST(AnswerCache, is_bounded_in_bytes_and_in_entries)
{
    AnswerCache few{{.bytes = 64 << 20, .entries = 32}};
    AnswerCache small{{.bytes = 64 << 10, .entries = 4096}};
    std::size_t in_few = 0;
    std::size_t in_small = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string(i);
        few.put("a", name, answer(name), few.ticket("a", name));
        small.put("a", name, answer(name + std::string(500, 'x')), small.ticket("a", name));
    }
    for (int i = 0; i < 1000; ++i) {
        in_few += few.find("a", std::to_string(i)) != nullptr;
        in_small += small.find("a", std::to_string(i)) != nullptr;
    }
    EXPECT_LE(in_few, 32U);
    EXPECT_GT(in_few, 16U);
    EXPECT_LE(in_small, 64U);
    EXPECT_GT(in_small, 32U);
}

TEST(AnswerCache, keeps_what_is_used)
{
    AnswerCache cache{{.bytes = 64 << 20, .entries = 64}};
    cache.put("a", "used", answer("x"), cache.ticket("a", "used"));
    for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string(i);
        ASSERT_NE(cache.find("a", "used"), nullptr);
        cache.put("a", name, answer(name), cache.ticket("a", name));
    }
}

} // namespace
} // namespace strata::registry::api
