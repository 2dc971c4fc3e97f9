// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>

namespace strata::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum class Quiet { no, yes };

/// What a command like `run` declares.
struct Options {
    bool interactive = false;
    bool tty = false;
    bool proxy = true;
    Quiet quiet = Quiet::no;
    std::string name;
    std::optional<std::string> user;
    std::vector<std::string> environment;
    std::optional<std::int64_t> limit;
    std::string image;
    std::vector<std::string> words;
};

class Args : public ::testing::Test {
protected:
    Args()
    {
        args.flag("--interactive", 'i', options.interactive, "");
        args.flag("--tty", 't', options.tty, "");
        args.flag("--sig-proxy", options.proxy, "");
        args.flag("--quiet", 'q', options.quiet, "");
        args.option("--name", options.name, "");
        args.option("--user", 'u', options.user, "");
        args.option("--env", 'e', options.environment, "");
        args.option("--pids-limit", options.limit, "");
        args.argument("IMAGE", options.image);
        args.arguments("[ARG...]", options.words, 0);
    }

    void parse(std::vector<const char*> words)
    {
        args.parse(words);
        args.bind("strata run");
    }

    std::string complaint(std::vector<const char*> words)
    {
        try {
            parse(std::move(words));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::invalid_argument);
            return error.message();
        }
        return "none";
    }

    Options options;
    ArgParser args;
};

TEST_F(Args, letters_share_a_dash_and_the_last_one_takes_what_is_left)
{
    parse({"-iteA=1", "image"});

    EXPECT_TRUE(options.interactive);
    EXPECT_TRUE(options.tty);
    EXPECT_THAT(options.environment, ElementsAre("A=1"));
}

TEST_F(Args, a_letters_value_may_follow_directly_after_an_equals_sign_or_as_the_next_word)
{
    parse({"-e=A=1", "-e", "B=2", "-eC=3", "image"});

    EXPECT_THAT(options.environment, ElementsAre("A=1", "B=2", "C=3"));
}

TEST_F(Args, a_long_flags_value_follows_an_equals_sign_or_is_the_next_word_whatever_it_is)
{
    parse({"--name=", "--user", "--name", "image"});

    EXPECT_EQ(options.name, "");
    EXPECT_EQ(options.user, "--name");
}

TEST_F(Args, a_switch_takes_a_value_only_with_an_equals_sign)
{
    parse({"--sig-proxy=false", "-t=F", "--quiet", "image", "false"});

    EXPECT_FALSE(options.proxy);
    EXPECT_FALSE(options.tty);
    EXPECT_EQ(options.quiet, Quiet::yes);
    EXPECT_THAT(options.words, ElementsAre("false"));
}

TEST_F(Args, the_last_of_a_repeated_flag_counts)
{
    parse({"--name", "a", "--name=b", "image"});

    EXPECT_EQ(options.name, "b");
}

TEST_F(Args, flags_may_stand_after_arguments)
{
    parse({"image", "-i", "word"});

    EXPECT_TRUE(options.interactive);
    EXPECT_THAT(options.words, ElementsAre("word"));
}

TEST_F(Args, flags_end_at_the_first_argument_where_that_was_declared)
{
    args.stop_at_first_argument();

    parse({"-i", "image", "-t", "--", "x"});

    EXPECT_FALSE(options.tty);
    EXPECT_THAT(options.words, ElementsAre("-t", "--", "x"));
}

TEST_F(Args, two_dashes_end_the_flags)
{
    parse({"--", "-i", "-"});

    EXPECT_FALSE(options.interactive);
    EXPECT_EQ(options.image, "-i");
    EXPECT_THAT(options.words, ElementsAre("-"));
}

TEST_F(Args, one_dash_is_an_argument)
{
    parse({"-"});

    EXPECT_EQ(options.image, "-");
}

TEST_F(Args, help_is_known_to_every_command)
{
    args.parse(std::vector{"--help"});

    EXPECT_TRUE(args.wants_help());
}

TEST_F(Args, complaints_are_dockers)
{
    EXPECT_EQ(complaint({"--x", "image"}), "unknown flag: --x");
    EXPECT_EQ(complaint({"--x=1", "image"}), "unknown flag: --x");
    EXPECT_EQ(complaint({"-itz", "image"}), "unknown shorthand flag: 'z' in -z");
    EXPECT_EQ(complaint({"--name"}), "flag needs an argument: --name");
    EXPECT_EQ(complaint({"-ie"}), "flag needs an argument: 'e' in -e");
    EXPECT_EQ(complaint({"---x"}), "bad flag syntax: ---x");
    EXPECT_EQ(complaint({"--=x"}), "bad flag syntax: --=x");
    EXPECT_EQ(complaint({"--tty=maybe", "image"}),
              "invalid argument \"maybe\" for \"-t, --tty\" flag: strconv.ParseBool: parsing "
              "\"maybe\": invalid syntax");
    EXPECT_EQ(complaint({"--pids-limit", "x", "image"}),
              "invalid argument \"x\" for \"--pids-limit\" flag: strconv.ParseInt: parsing \"x\": "
              "invalid syntax");
    EXPECT_EQ(complaint({}), "\"strata run\" requires at least 1 argument.");
}

TEST(ArgCounts, are_named_as_docker_names_them)
{
    const auto complaint = [](std::size_t required, std::size_t optional,
                              std::vector<const char*> words) {
        std::vector<std::string> targets(required + optional);
        ArgParser args;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            i < required ? args.argument("A", targets[i])
                         : args.optional_argument("[A]", targets[i]);
        }
        args.parse(words);
        try {
            args.bind("strata x");
        } catch (const Error& error) {
            return error.message();
        }
        return std::string{"none"};
    };

    EXPECT_EQ(complaint(0, 0, {"a"}), "\"strata x\" accepts no arguments.");
    EXPECT_EQ(complaint(1, 0, {}), "\"strata x\" requires exactly 1 argument.");
    EXPECT_EQ(complaint(2, 0, {"a"}), "\"strata x\" requires exactly 2 arguments.");
    EXPECT_EQ(complaint(0, 1, {"a", "b"}), "\"strata x\" requires at most 1 argument.");
    EXPECT_EQ(complaint(1, 1, {}), "\"strata x\" requires at least 1 and at most 2 arguments.");
    EXPECT_EQ(complaint(1, 1, {"a"}), "none");
}

TEST(ArgDeclarations, refuse_a_flag_that_is_there_twice)
{
    bool target = false;
    ArgParser args;
    args.flag("--all", 'a', target, "");

    EXPECT_THAT([&] { args.flag("--any", 'a', target, ""); },
                strata::testing::FailsWith(Errc::internal));
    EXPECT_THAT([&] { args.flag("--all", target, ""); },
                strata::testing::FailsWith(Errc::internal));
}

TEST(ArgDeclarations, show_a_default_only_where_it_is_a_surprise)
{
    bool on = true;
    bool off = false;
    std::string text = "missing";
    std::int64_t number = -1;
    std::vector<std::string> list;
    ArgParser args;
    args.flag("--on", on, "");
    args.flag("--off", off, "");
    args.option("--text", text, "");
    args.option("--number", number, "");
    args.option("--list", list, "");

    std::vector<std::string> defaults;
    std::vector<std::string_view> types;
    for (const Flag& flag : args.flags()) {
        defaults.push_back(flag.default_text);
        types.push_back(flag.type);
    }

    EXPECT_THAT(defaults, ElementsAre("true", IsEmpty(), "\"missing\"", "-1", IsEmpty()));
    EXPECT_THAT(types, ElementsAre("", "", "string", "int", "list"));
}

} // namespace
} // namespace strata::cli
