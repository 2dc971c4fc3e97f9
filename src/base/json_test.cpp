// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"
#include "testing/errors.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace strata::json {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StrEq;

std::string reprint(std::string_view text, const PrintOptions& options = {})
{
    return print(parse(text, "test"), options);
}

TEST(JsonPrint, is_compact_and_keeps_the_order)
{
    EXPECT_EQ(reprint(R"({ "b" : [1, -2, true, null], "a" : {} , "c": [] })"),
              R"({"b":[1,-2,true,null],"a":{},"c":[]})");
}

TEST(JsonPrint, sorts_keys_at_every_level)
{
    EXPECT_EQ(reprint(R"({"b":{"z":1,"y":2},"a":1,"B":0})", {.sort_keys = SortKeys::yes}),
              R"({"B":0,"a":1,"b":{"y":2,"z":1}})");
}

TEST(JsonPrint, indents_as_docker_inspect_does)
{
    EXPECT_EQ(reprint(R"([{"a":[],"b":{},"c":[1,{"d":2}]}])", {.indent = kInspectIndent}),
              R"([
    {
        "a": [],
        "b": {},
        "c": [
            1,
            {
                "d": 2
            }
        ]
    }
])");
}

TEST(JsonPrint, escapes_what_go_escapes)
{
    EXPECT_EQ(quote("q\" b\\ n\n r\r t\t \b\f \x01 \x7f é"),
              "\"q\\\" b\\\\ n\\n r\\r t\\t \\b\\f \\u0001 \x7f é\"");
    EXPECT_EQ(quote("\u2028\u2029"), R"("\u2028\u2029")");
    EXPECT_EQ(quote("a\xff"), R"("a\ufffd")");
    EXPECT_EQ(quote("<a&b>"), R"("<a&b>")");
    EXPECT_EQ(quote("<a&b>", EscapeHtml::yes), R"("\u003ca\u0026b\u003e")");
}

TEST(JsonPrint, writes_numbers_as_go_does)
{
    EXPECT_EQ(reprint("[1.0,1.5,-0.25,1e20,1e21,1.5e-7,0.000001,18446744073709551615]"),
              "[1,1.5,-0.25,100000000000000000000,1e+21,1.5e-7,0.000001,18446744073709551615]");
}

TEST(JsonParse, reads_numbers_to_the_last_bit)
{
    EXPECT_EQ(reprint("[3e-30,0.1,1.7976931348623157e+308,5e-324,1e-400]"),
              "[3e-30,0.1,1.7976931348623157e+308,5e-324,0]");
    EXPECT_THAT([] { parse("1e400", "test"); }, FailsWith(Errc::corrupt));
}

TEST(JsonParse, says_where_it_went_wrong)
{
    EXPECT_THAT([] { parse("{\n  \"a\": tru }", "manifest"); },
                FailsWith(Errc::corrupt, HasSubstr("manifest: line 2, column ")));
    EXPECT_THAT([] { parse("{\"a\":1", "manifest"); },
                FailsWith(Errc::corrupt, HasSubstr("ends too early")));
    EXPECT_THAT([] { parse("", "manifest"); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([] { parse("{} x", "manifest"); },
                FailsWith(Errc::corrupt, HasSubstr("line 1, column 4: something follows")));
}

TEST(JsonParse, refuses_two_equal_keys_unless_told_otherwise)
{
    const std::string text = R"({"x":{"a":1,"b":2,"\u0061":3}})";

    EXPECT_THAT([&] { parse(text, "config"); },
                FailsWith(Errc::corrupt, HasSubstr("key \"a\" is there twice")));
    EXPECT_EQ(print(parse(text, "config", {.duplicates = DuplicateKeys::last_wins})),
              R"({"x":{"a":3,"b":2}})");
    EXPECT_NO_THROW(parse(R"([{"a":1},{"a":1}])", "config"));
}

TEST(JsonParse, has_limits)
{
    EXPECT_THAT([] { parse(std::string(200, '[') + std::string(200, ']'), "config"); },
                FailsWith(Errc::corrupt, HasSubstr("deep")));
    EXPECT_THAT([] { parse("[1,2,3]", "config", {.max_bytes = 6}); }, FailsWith(Errc::exhausted));
    EXPECT_NO_THROW(parse(std::string(90, '[') + std::string(90, ']'), "config"));
}

TEST(JsonParse, replaces_what_is_not_utf8)
{
    EXPECT_EQ(reprint("\"a\xff\""), "\"a\ufffd\"");
}

TEST(JsonField, gives_values_of_the_right_type)
{
    const boost::json::value document = parse(
        R"({"s":"x","b":true,"i":-1,"u":18446744073709551615,"l":["a","b"],"m":{"k":"v"},
            "t":"2024-05-01T12:00:00Z","n":null})",
        "test");
    const Field root{document, "test"};

    EXPECT_EQ(root.get("s").string(), "x");
    EXPECT_TRUE(root.get("b").boolean());
    EXPECT_EQ(root.get("i").integer(), -1);
    EXPECT_EQ(root.get("u").unsigned_integer(), ~std::uint64_t{0});
    EXPECT_THAT(root.get("l").strings(), ElementsAre("a", "b"));
    EXPECT_THAT(root.get("m").string_map(), ElementsAre(Pair("k", "v")));
    EXPECT_EQ(format_rfc3339(root.get("t").timestamp()), "2024-05-01T12:00:00Z");
    EXPECT_EQ(root.string_or("missing", "otherwise"), "otherwise");
    EXPECT_FALSE(root.has("n")) << "null counts as absent";
}

TEST(JsonField, says_which_field_was_wrong)
{
    const boost::json::value document = parse(
        R"({"config":{"Env":["a","b",3],"Labels":{"a b":1},"size":-1,"when":"now"}})", "test");
    const Field config = Field{document, "image config"}.get("config");

    EXPECT_THAT([&] { config.get("Env").strings(); },
                FailsWith(Errc::corrupt,
                          StrEq("image config: config.Env[2]: expected a string, found a number")));
    EXPECT_THAT([&] { config.get("Labels").string_map(); },
                FailsWith(Errc::corrupt, HasSubstr(R"(config.Labels["a b"]: expected a string)")));
    EXPECT_THAT([&] { config.get("size").unsigned_integer(); },
                FailsWith(Errc::corrupt, StrEq("image config: config.size: must not be negative")));
    EXPECT_THAT([&] { config.get("when").timestamp(); },
                FailsWith(Errc::corrupt, HasSubstr("config.when: 'now' is not an RFC 3339 time")));
    EXPECT_THAT([&] { config.get("User"); },
                FailsWith(Errc::corrupt, StrEq("image config: config.User is missing")));
    EXPECT_THAT([&] { config.get("Env").get("x"); },
                FailsWith(Errc::corrupt, HasSubstr("config.Env: expected an object")));
}

} // namespace
} // namespace strata::json
