// SPDX-License-Identifier: Apache-2.0
#include "db/migrations.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace strata::db {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::array<std::string_view, 3> kSteps{
    "CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (a)",
    "ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'old'",
    "INSERT INTO t (a) VALUES (3)",
};
constexpr std::span kFirst = std::span{kSteps}.first(1);

class MigrationsTest : public ::testing::Test {
protected:
    int version(std::string_view module)
    {
        return database_.query_one<int>("SELECT version FROM schema_version WHERE module = ?",
                                        module);
    }

    TempDir dir_;
    Database database_{dir_.path() / "test.db", {.create = Create::yes}};
};

TEST_F(MigrationsTest, make_a_new_schema)
{
    migrate(database_, "store", kSteps);

    EXPECT_EQ((database_.query<int, std::string>("SELECT a, b FROM t")),
              (std::vector{std::tuple{3, std::string{"old"}}}));
    EXPECT_EQ(version("store"), 3);
}

TEST_F(MigrationsTest, do_only_what_is_missing)
{
    migrate(database_, "store", kFirst);
    database_.execute("INSERT INTO t VALUES (1)");

    migrate(database_, "store", kSteps);
    migrate(database_, "store", kSteps);

    EXPECT_EQ((database_.query<int, std::string>("SELECT a, b FROM t ORDER BY a")),
              (std::vector{std::tuple{1, std::string{"old"}}, std::tuple{3, std::string{"old"}}}));
}

TEST_F(MigrationsTest, of_modules_are_apart)
{
    migrate(database_, "store", kSteps);
    migrate(database_, "container", std::array<std::string_view, 1>{"CREATE TABLE c (a)"});

    EXPECT_EQ(version("store"), 3);
    EXPECT_EQ(version("container"), 1);
}

TEST_F(MigrationsTest, that_fail_change_nothing_and_say_where)
{
    migrate(database_, "store", kFirst);
    constexpr std::array<std::string_view, 3> broken{kSteps[0], kSteps[1], "DROP TABLE nothing"};

    EXPECT_THAT([&] { migrate(database_, "store", broken); },
                FailsWith(Errc::internal, HasSubstr("updating schema 'store' to version 3 of 3")));

    EXPECT_EQ(version("store"), 1);
    EXPECT_THAT([&] { database_.query<std::string>("SELECT b FROM t"); },
                FailsWith(Errc::internal));
}

TEST_F(MigrationsTest, refuse_a_database_of_a_newer_program)
{
    migrate(database_, "store", kSteps);

    EXPECT_THAT([&] { migrate(database_, "store", kFirst); },
                FailsWith(Errc::unsupported,
                          AllOf(HasSubstr("test.db"), HasSubstr("written by a newer strata"),
                                HasSubstr("version 3, this program knows 1"))));
}

} // namespace
} // namespace strata::db
