// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"

#include <gmock/gmock.h>

#include <set>

namespace strata::cli {
namespace {

std::set<std::string_view> all_names()
{
    std::set<std::string_view> names;
    for (const Command* const command : commands()) {
        for (const std::string_view name : command->names) {
            if (!name.empty()) {
                EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
            }
        }
    }
    return names;
}

TEST(Commands, have_names_of_their_own_in_groups_that_exist)
{
    for (const std::string_view name : all_names()) {
        if (const std::size_t space = name.find(' '); space != name.npos) {
            EXPECT_NE(find_management_group(name.substr(0, space)), nullptr) << name;
        } else {
            EXPECT_EQ(find_management_group(name), nullptr) << name;
        }
    }
}

TEST(Commands, that_exist_are_not_said_to_be_missing)
{
    for (const std::string_view name : all_names()) {
        EXPECT_EQ(find_missing_command(name), nullptr) << name;
    }
    for (const MissingCommand& missing : missing_commands()) {
        EXPECT_EQ(find_management_group(missing.name), nullptr) << missing.name;
        EXPECT_TRUE(missing.instead.ends_with('.')) << missing.name;
    }
}

TEST(Commands, say_what_they_do_and_what_each_flag_is_for)
{
    for (const Command* const command : commands()) {
        const std::string_view name = command->names[0];
        EXPECT_FALSE(command->summary.empty()) << name;
        EXPECT_FALSE(command->summary.ends_with('.')) << name;
        const auto body = command->make();
        ArgParser args;
        body->declare(args); // throws if a flag is there twice
        for (const Flag& flag : args.flags()) {
            EXPECT_TRUE(flag.name.starts_with("--")) << name << " " << flag.name;
            EXPECT_FALSE(flag.help.empty()) << name << " " << flag.name;
        }
        EXPECT_THAT(command_help(*command, args, name),
                    ::testing::StartsWith("Usage:  strata " + std::string{name}));
    }
}

TEST(Commands, a_typo_finds_the_one_that_was_meant)
{
    EXPECT_EQ(closest_command("verison"), "version");
    EXPECT_EQ(closest_command("imgae"), "image");
    EXPECT_EQ(closest_command("xyzzy"), std::nullopt);
}

} // namespace
} // namespace strata::cli
