// SPDX-License-Identifier: Apache-2.0
//
// What Go prints; each line was compared with `docker version --format`.
#include "base/error.hpp"
#include "cli/template/print.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>

namespace strata::cli::templates {
namespace {

std::string printf(std::string_view format, std::vector<Value> arguments = {})
{
    return go_printf(format, arguments);
}

Value text(std::string_view value)
{
    return std::string{value};
}

Value number(std::int64_t value)
{
    return value;
}

TEST(Printf, formats_integers)
{
    EXPECT_EQ(printf("%d|%5d|%-5d|%05d|%+d|% d",
                     {number(42), number(42), number(42), number(-42), number(42), number(42)}),
              "42|   42|42   |-0042|+42| 42");
    EXPECT_EQ(printf("%b %o %O %x %X %#x %#o", {number(5), number(8), number(8), number(255),
                                                number(255), number(255), number(8)}),
              "101 10 0o10 ff FF 0xff 010");
    EXPECT_EQ(printf("%.3d|%8.3d|%.0d|", {number(7), number(7), number(0)}), "007|     007||");
    EXPECT_EQ(printf("%c %q %U", {number(65), number(39), number(0x1F600)}), "A '\\'' U+1F600");
}

TEST(Printf, formats_floating_point)
{
    EXPECT_EQ(printf("%v %g %f %.2f %8.2f %e %E %.3g",
                     {1.5, 1e100, 1.5, 3.14159, 3.14159, 1500.0, 1500.0, 1234.5}),
              "1.5 1e+100 1.500000 3.14     3.14 1.500000e+03 1.500000E+03 1.23e+03");
    EXPECT_EQ(printf("%+.1f|%06.1f", {2.0, -2.0}), "+2.0|-002.0");
}

TEST(Printf, formats_text)
{
    EXPECT_EQ(printf("%s|%5s|%-5s|%.2s|%q|%x|% X|%#x",
                     {text("ab"), text("ab"), text("ab"), text("日本語"), text("a\n"),
                      text("hello"), text("hello"), text("hello")}),
              "ab|   ab|ab   |日本|\"a\\n\"|68656c6c6f|68 65 6C 6C 6F|0x68656c6c6f");
}

TEST(Printf, formats_what_lists_hold)
{
    const Value list = make_list({text("a"), text("b")});

    EXPECT_EQ(printf("%v %s %q %d", {list, list, list, list}),
              "[a b] [a b] [\"a\" \"b\"] [%!d(string=a) %!d(string=b)]");
}

TEST(Printf, names_types)
{
    EXPECT_EQ(printf("%T %T %T %T %T", {number(1), 1.5, text("a"), true, Value{}}),
              "int float64 string bool <nil>");
}

TEST(Printf, says_what_does_not_fit_instead_of_failing)
{
    EXPECT_EQ(printf("%d", {text("hi")}), "%!d(string=hi)");
    EXPECT_EQ(printf("%s %t", {number(1), number(1)}), "%!s(int=1) %!t(int=1)");
    EXPECT_EQ(printf("%d", {1.5}), "%!d(float64=1.5)");
    EXPECT_EQ(printf("%z", {number(3)}), "%!z(int=3)");
    EXPECT_EQ(printf("%d", {Value{}}), "%!d(<nil>)");
    EXPECT_EQ(printf("%d %s", {number(1)}), "1 %!s(MISSING)");
    EXPECT_EQ(printf("%d", {number(1), number(2)}), "1%!(EXTRA int=2)");
    EXPECT_EQ(printf("%!"), "%!!(MISSING)");
    EXPECT_EQ(printf("100%"), "100%!(NOVERB)");
    EXPECT_EQ(printf("%[3]d", {number(1)}), "%!d(BADINDEX)");
    EXPECT_EQ(printf("%*d", {text("x"), number(1)}), "%!(BADWIDTH)1");
}

TEST(Printf, takes_widths_and_order_from_its_arguments)
{
    EXPECT_EQ(
        printf("%*d|%-*d|%.*f", {number(4), number(1), number(4), number(1), number(1), 2.55}),
        "   1|1   |2.5");
    EXPECT_EQ(printf("%[2]d %[1]d", {number(1), number(2)}), "2 1");
    EXPECT_EQ(printf("%6.2f%%", {12.345}), " 12.35%");
}

TEST(Printf, stops_before_padding_has_filled_the_memory)
{
    std::string format;
    for (int i = 0; i < 1000; ++i) {
        format += "%1000000d";
    }

    EXPECT_THAT([&] { printf(format, std::vector<Value>(1000, number(1))); },
                strata::testing::FailsWith(Errc::exhausted));
}

TEST(Print, puts_a_space_between_two_that_are_no_text)
{
    const std::vector<Value> values{number(1), number(2), text("a"),
                                    text("b"), number(3), number(4)};

    EXPECT_EQ(go_print(values), "1 2ab3 4");
    EXPECT_EQ(go_println(values), "1 2 a b 3 4\n");
}

TEST(Print, floating_point_is_short_and_has_an_exponent_from_a_million_on)
{
    EXPECT_EQ(shortest(100000.0), "100000");
    EXPECT_EQ(shortest(1e6), "1e+06");
    EXPECT_EQ(shortest(123456789.0), "1.23456789e+08");
    EXPECT_EQ(shortest(0.0001), "0.0001");
    EXPECT_EQ(shortest(0.00001), "1e-05");
    EXPECT_EQ(shortest(-0.0), "-0");
    EXPECT_EQ(shortest(1e20, Notation::json), "100000000000000000000");
    EXPECT_EQ(shortest(1e-7, Notation::json), "1e-7");
}

} // namespace
} // namespace strata::cli::templates
