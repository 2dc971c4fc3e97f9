// SPDX-License-Identifier: Apache-2.0
//
// Many processes on one database, some of which die in the middle.
#include "db/migrations.hpp"
#include "db/transaction.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <random>
#include <vector>

namespace strata::db {
namespace {

using strata::testing::TempDir;

constexpr std::array<std::string_view, 2> kSteps{
    "CREATE TABLE counter (value INTEGER NOT NULL); INSERT INTO counter VALUES (0)",
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, pair INTEGER NOT NULL)",
};

/// A process that runs `body`; its status is 0 if that returned.
class Child {
public:
    explicit Child(const std::function<void()>& body) : pid_{::fork()}
    {
        if (pid_ != 0) {
            return;
        }
        try {
            body();
        } catch (const std::exception& error) {
            fmt::print(stderr, "child: {}\n", error.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
    Child& operator=(Child&&) = delete;
    ~Child()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    void kill() { ::kill(pid_, SIGKILL); }
    int wait()
    {
        int status = -1;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return status;
    }

private:
    pid_t pid_;
};

class ContentionTest : public ::testing::Test {
protected:
    TempDir dir_;
    std::filesystem::path file_ = dir_.path() / "test.db";
};

TEST_F(ContentionTest, a_new_database_may_be_made_by_many_at_once)
{
    std::vector<Child> children;
    for (int i = 0; i < 16; ++i) {
        children.emplace_back([&] {
            Database database{file_, {.create = Create::yes}};
            migrate(database, "test", kSteps);
        });
    }
    for (Child& child : children) {
        EXPECT_EQ(child.wait(), 0);
    }

    Database database{file_};
    EXPECT_EQ(database.query_one<int>("SELECT count(*) FROM counter"), 1);
    EXPECT_EQ(database.query_one<std::string>("PRAGMA journal_mode"), "wal");
}

TEST_F(ContentionTest, no_increment_is_lost)
{
    constexpr int kProcesses = 8;
    constexpr int kEach = 50;
    const auto count = [&] {
        Database database{file_, {.create = Create::yes, .durability = Durability::normal}};
        migrate(database, "test", kSteps);
        for (int i = 0; i < kEach; ++i) {
            Transaction transaction{database};
            const int value = database.query_one<int>("SELECT value FROM counter");
            database.execute("UPDATE counter SET value = ?", value + 1);
            transaction.commit();
        }
    };
    std::vector<Child> children;
    for (int i = 0; i < kProcesses; ++i) {
        children.emplace_back(count);
    }
    for (Child& child : children) {
        EXPECT_EQ(child.wait(), 0);
    }

    Database database{file_};
    EXPECT_EQ(database.query_one<int>("SELECT value FROM counter"), kProcesses * kEach);
}

// A writer inserts pairs for ever and is killed at some point; whatever point that was, no half of
// a pair may be there, and everything it had reported as committed must be.
TEST_F(ContentionTest, a_killed_writer_leaves_the_state_before_or_after)
{
    std::mt19937 random{42};
    Database{file_, {.create = Create::yes}}.execute("SELECT 1");
    std::int64_t reported = 0;
    for (int round = 0; round < 30; ++round) {
        std::array<int, 2> pipe{};
        ASSERT_EQ(::pipe(pipe.data()), 0);
        Child writer{[&] {
            Database database{file_, {.durability = Durability::normal}};
            migrate(database, "test", kSteps);
            while (true) {
                Transaction transaction{database};
                database.execute("INSERT INTO entry (pair) VALUES (1)");
                database.execute("INSERT INTO entry (pair) VALUES (2)");
                transaction.commit();
                const std::int64_t id = database.last_insert_id();
                if (::write(pipe[1], &id, sizeof id) != sizeof id) {
                    ::_exit(1);
                }
            }
        }};
        ::close(pipe[1]);
        const int commits = std::uniform_int_distribution{1, 20}(random);
        for (int i = 0; i < commits; ++i) {
            ASSERT_EQ(::read(pipe[0], &reported, sizeof reported), ssize_t{sizeof reported});
        }
        writer.kill();
        writer.wait();
        ::close(pipe[0]);

        Database database{file_};
        ASSERT_EQ(database.query_one<int>("SELECT count(*) FROM entry WHERE pair = 1"),
                  database.query_one<int>("SELECT count(*) FROM entry WHERE pair = 2"));
        ASSERT_GE(database.query_one<std::int64_t>("SELECT max(id) FROM entry"), reported);
        ASSERT_EQ(database.query_one<std::string>("PRAGMA integrity_check"), "ok");
    }
}

} // namespace
} // namespace strata::db
