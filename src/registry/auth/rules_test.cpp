// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/rules.hpp"

#include <gtest/gtest.h>

namespace strata::registry {
namespace {

using Kind = Need::Kind;

Need to(Action action, std::string repository)
{
    return {.kind = Kind::repository, .repository = std::move(repository), .action = action};
}

TEST(RepositoryPattern, MatchesOneComponentWithAStarAndEverythingBelowWithTwo)
{
    EXPECT_TRUE(RepositoryPattern::matches("team/app", "team/app"));
    EXPECT_FALSE(RepositoryPattern::matches("team/app", "team/app/x"));
    EXPECT_FALSE(RepositoryPattern::matches("team/app", "team"));
    EXPECT_TRUE(RepositoryPattern::matches("team/*", "team/app"));
    EXPECT_FALSE(RepositoryPattern::matches("team/*", "team/app/x"));
    EXPECT_TRUE(RepositoryPattern::matches("team/**", "team/app/x"));
    EXPECT_FALSE(RepositoryPattern::matches("team/**", "team"));
    EXPECT_FALSE(RepositoryPattern::matches("team/**", "teams/app"));
    EXPECT_TRUE(RepositoryPattern::matches("**", "a/b/c"));
    EXPECT_TRUE(RepositoryPattern::matches("*", "a"));
    EXPECT_FALSE(RepositoryPattern::matches("*", "a/b"));
    EXPECT_TRUE(RepositoryPattern::matches("*/app", "team/app"));
    EXPECT_TRUE(RepositoryPattern::matches("team/app-*", "team/app-1"));
    EXPECT_TRUE(RepositoryPattern::matches("team/*-a*z", "team/x-a-abz"));
    EXPECT_FALSE(RepositoryPattern::matches("team/*-a*z", "team/x-a-aby"));
}

TEST(RepositoryPattern, PutsTheUsersNameInButNotOneThatWouldWidenIt)
{
    EXPECT_TRUE(RepositoryPattern::matches("home/${user}/**", "home/ada/x", "ada"));
    EXPECT_FALSE(RepositoryPattern::matches("home/${user}/**", "home/ada/x", "bob"));
    EXPECT_FALSE(RepositoryPattern::matches("home/${user}/**", "home/ada/x", "*"));
    EXPECT_FALSE(RepositoryPattern::matches("home/${user}/**", "home/a/b/x", "a/b"));
    EXPECT_FALSE(RepositoryPattern::matches("${user}/**", "ada/x", ""));
}

TEST(RepositoryPattern, IsValidOrNot)
{
    for (const char* const good :
         {"**", "*", "a", "a/**", "a/*/b", "a-*", "${user}/**", "x-${user}"}) {
        EXPECT_TRUE(RepositoryPattern::is_valid(good)) << good;
    }
    for (const char* const bad :
         {"", "/", "a//b", "/a", "a/", "**/a", "A", "a b", "${name}", "$"}) {
        EXPECT_FALSE(RepositoryPattern::is_valid(bad)) << bad;
    }
}

TEST(AccessRules, WithoutRulesLetWhoeverHasLoggedInDoEverything)
{
    const AccessRules rules{AccessConfig{}};

    EXPECT_TRUE(rules.may("ada", to(Action::push, "a/b")));
    EXPECT_TRUE(rules.may("ada", to(Action::remove, "a/b")));
    EXPECT_TRUE(rules.may("ada", {}));
    EXPECT_FALSE(rules.may("", to(Action::pull, "a/b")));
    EXPECT_FALSE(rules.may("", {}));
    EXPECT_FALSE(rules.may("", {.kind = Kind::catalog}));
}

TEST(AccessRules, GrantWhatSomeRuleGrantsAndNothingElse)
{
    const AccessRules rules{
        {.rules = {{.repositories = {"public/**"}, .anonymous = true, .actions = {"pull"}},
                   {.repositories = {"team/**"},
                    .groups = {"builders"},
                    .actions = {"pull", "push"}},
                   {.repositories = {"**"}, .users = {"root"}, .actions = {"*"}},
                   {.repositories = {"home/${user}/*"}, .users = {"*"}, .actions = {"*"}}},
         .groups = {{"builders", {"ada"}}},
         .restricted = true}};

    EXPECT_TRUE(rules.may("", to(Action::pull, "public/a")));
    EXPECT_FALSE(rules.may("", to(Action::push, "public/a")));
    EXPECT_FALSE(rules.may("", to(Action::pull, "team/a")));
    EXPECT_TRUE(rules.may("ada", to(Action::pull, "public/a")));
    EXPECT_TRUE(rules.may("ada", to(Action::push, "team/a")));
    EXPECT_FALSE(rules.may("ada", to(Action::remove, "team/a")));
    EXPECT_FALSE(rules.may("bob", to(Action::pull, "team/a")));
    EXPECT_TRUE(rules.may("bob", to(Action::remove, "home/bob/x")));
    EXPECT_FALSE(rules.may("bob", to(Action::pull, "home/ada/x")));
    EXPECT_TRUE(rules.may("root", to(Action::remove, "team/a")));
    EXPECT_FALSE(rules.may("", {}));
    EXPECT_TRUE(rules.may("", {.kind = Kind::catalog}));
}

TEST(AccessRules, AnEmptyListOfRulesGrantsNothing)
{
    const AccessRules rules{{.restricted = true}};

    EXPECT_FALSE(rules.may("ada", to(Action::pull, "a")));
}

} // namespace
} // namespace strata::registry
