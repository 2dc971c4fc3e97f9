// SPDX-License-Identifier: Apache-2.0
#include "db/database.hpp"
#include "db/transaction.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <limits>

namespace strata::db {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A type of some other module: has str() and parse(), and so is kept as text.
struct Word {
    std::string text;
    std::string str() const { return text; }
    static Word parse(std::string_view text)
    {
        if (text.empty()) {
            throw Error{Errc::invalid_argument, "an empty word"};
        }
        return {std::string{text}};
    }
    friend bool operator==(const Word&, const Word&) = default;
};

enum class Color { red, green };

} // namespace

template <>
struct Column<Color> {
    static std::string_view store(Color color) { return color == Color::red ? "red" : "green"; }
    static Color load(const Value& value)
    {
        return text_in(value) == "red" ? Color::red : Color::green;
    }
};

namespace {

class DatabaseTest : public ::testing::Test {
protected:
    TempDir dir_;
    Database database_{dir_ / "test.db", {.create = Create::yes}};
};

TEST_F(DatabaseTest, gives_back_every_kind_of_value)
{
    const std::array bytes{std::byte{0}, std::byte{255}};
    database_.execute("CREATE TABLE t (a, b, c, d, e, f, g, h)");

    database_.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", -5, std::uint64_t{1} << 62,
                      true, 2.5, std::string_view{"te\0xt", 5}, Blob{bytes}, Word{"word"},
                      Color::green);

    const auto [a, b, c, d, e, g, h] =
        database_.query_one<int, std::uint64_t, bool, double, std::string, Word, Color>(
            "SELECT a, b, c, d, e, g, h FROM t");
    EXPECT_EQ(a, -5);
    EXPECT_EQ(b, std::uint64_t{1} << 62);
    EXPECT_TRUE(c);
    EXPECT_EQ(d, 2.5);
    EXPECT_EQ(e, (std::string_view{"te\0xt", 5}));
    EXPECT_EQ(g, Word{"word"});
    EXPECT_EQ(h, Color::green);
    EXPECT_EQ(database_.query_one<std::vector<std::byte>>("SELECT f FROM t"),
              std::vector<std::byte>(bytes.begin(), bytes.end()));
}

TEST_F(DatabaseTest, optional_values_are_null)
{
    database_.execute("CREATE TABLE t (a, b)");

    database_.execute("INSERT INTO t VALUES (?, ?)", std::optional<Word>{Word{"x"}},
                      std::optional<std::int64_t>{});

    EXPECT_EQ((database_.query_one<std::optional<Word>, std::optional<std::int64_t>>(
                  "SELECT a, b FROM t")),
              (std::tuple{std::optional{Word{"x"}}, std::optional<std::int64_t>{}}));
    EXPECT_EQ(database_.query_one<bool>("SELECT b IS NULL FROM t"), true);
}

TEST_F(DatabaseTest, empty_text_and_blobs_are_not_null)
{
    database_.execute("CREATE TABLE t (a TEXT NOT NULL, b BLOB NOT NULL)");

    database_.execute("INSERT INTO t VALUES (?, ?)", std::string_view{}, Blob{});

    EXPECT_EQ(database_.query_one<std::string>("SELECT a FROM t"), "");
    EXPECT_TRUE(database_.query_one<std::vector<std::byte>>("SELECT b FROM t").empty());
}

TEST_F(DatabaseTest, rows_come_in_order)
{
    database_.execute("CREATE TABLE t (a, b)");
    for (int i = 0; i < 3; ++i) {
        database_.execute("INSERT INTO t VALUES (?, ?)", i, std::to_string(i));
    }

    EXPECT_THAT(database_.query<int>("SELECT a FROM t ORDER BY a DESC"), ElementsAre(2, 1, 0));
    EXPECT_EQ(database_.changes(), 1u);
    EXPECT_EQ(database_.last_insert_id(), 3);
    EXPECT_EQ((database_.query<int, std::string>("SELECT a, b FROM t WHERE a > ?", 1)),
              (std::vector{std::tuple{2, std::string{"2"}}}));
    EXPECT_EQ(database_.query_optional<int>("SELECT a FROM t WHERE a > 5"), std::nullopt);
}

TEST_F(DatabaseTest, a_visitor_may_run_the_same_statement_again)
{
    database_.execute_script("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
    const std::string sql = "SELECT a FROM t WHERE a > ? ORDER BY a";
    std::vector<int> seen;

    database_.for_each<int>(
        sql,
        [&](int outer) {
            for (const int inner : database_.query<int>(sql, outer)) {
                seen.push_back(10 * outer + inner);
            }
        },
        0);

    EXPECT_THAT(seen, ElementsAre(12, 13, 23));
}

TEST_F(DatabaseTest, enforces_foreign_keys_and_says_which_file)
{
    database_.execute_script("CREATE TABLE a (id INTEGER PRIMARY KEY);"
                             "CREATE TABLE b (a REFERENCES a (id))");

    EXPECT_THAT([&] { database_.execute("INSERT INTO b VALUES (7)"); },
                FailsWith(Errc::conflict, AllOf(HasSubstr("test.db"), HasSubstr("FOREIGN KEY"))));
}

TEST_F(DatabaseTest, a_second_row_with_a_unique_key_already_exists)
{
    database_.execute_script(
        "CREATE TABLE t (a UNIQUE, b CHECK (b > 0)); INSERT INTO t VALUES (1, 1)");

    EXPECT_THAT([&] { database_.execute("INSERT INTO t VALUES (1, 1)"); },
                FailsWith(Errc::already_exists, HasSubstr("t.a")));
    EXPECT_THAT([&] { database_.execute("INSERT INTO t VALUES (2, 0)"); },
                FailsWith(Errc::conflict));
}

TEST_F(DatabaseTest, a_value_of_the_wrong_kind_is_damage_and_names_its_column)
{
    database_.execute_script("CREATE TABLE t (a, b); INSERT INTO t VALUES (-1, '')");

    EXPECT_THAT(
        [&] { database_.query<std::string>("SELECT a FROM t"); },
        FailsWith(Errc::corrupt, AllOf(HasSubstr("test.db"),
                                       HasSubstr("column 'a' is an integer, expected text"))));
    EXPECT_THAT([&] { database_.query<std::uint64_t>("SELECT a FROM t"); },
                FailsWith(Errc::corrupt, HasSubstr("negative")));
    EXPECT_THAT([&] { database_.query<Word>("SELECT b FROM t"); },
                FailsWith(Errc::corrupt, HasSubstr("an empty word")));
    EXPECT_THAT([&] { database_.query<std::int8_t>("SELECT 128"); }, FailsWith(Errc::corrupt));
}

TEST_F(DatabaseTest, refuses_numbers_that_it_cannot_hold)
{
    EXPECT_THAT([&] { database_.execute("SELECT ?", std::numeric_limits<std::uint64_t>::max()); },
                FailsWith(Errc::invalid_argument));
}

TEST_F(DatabaseTest, wrong_sql_is_a_bug_and_shows_the_statement)
{
    EXPECT_THAT([&] { database_.execute("SELEKT 1"); },
                FailsWith(Errc::internal, HasSubstr("SELEKT 1")));
    EXPECT_THAT([&] { database_.execute("SELECT ?"); }, FailsWith(Errc::internal));
    EXPECT_THAT([&] { database_.execute("SELECT 1; SELECT 2"); }, FailsWith(Errc::internal));
    EXPECT_THAT([&] { database_.execute("SELECT \"text\""); }, FailsWith(Errc::internal));
    EXPECT_THAT([&] { (database_.query<int, int>("SELECT 1")); }, FailsWith(Errc::internal));
}

TEST(Database, that_is_not_there_is_not_made_by_accident)
{
    const TempDir dir;

    EXPECT_THAT([&] { Database{dir / "none.db"}; },
                FailsWith(Errc::not_found, HasSubstr("none.db")));
    EXPECT_FALSE(std::filesystem::exists(dir / "none.db"));
}

TEST(Database, that_is_something_else_is_corrupt)
{
    const TempDir dir;
    std::ofstream{dir / "text.db"} << std::string(4096, 'x');

    EXPECT_THAT([&] { Database{dir / "text.db"}; },
                FailsWith(Errc::corrupt, HasSubstr("not a database")));
}

TEST(Database, whose_pages_were_overwritten_is_corrupt)
{
    const TempDir dir;
    {
        Database database{dir / "a.db", {.create = Create::yes}};
        database.execute_script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    {
        std::fstream file{dir / "a.db", std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(100);
        file << std::string(3000, '\xff');
    }

    EXPECT_THAT(
        [&] {
            Database database{dir / "a.db"};
            database.query<int>("SELECT a FROM t");
        },
        FailsWith(Errc::corrupt, HasSubstr("a.db")));
}

TEST(Database, opened_read_only_refuses_to_write)
{
    const TempDir dir;
    Database{dir / "a.db", {.create = Create::yes}}.execute("CREATE TABLE t (a)");
    Database reader{dir / "a.db", {.access = Access::read_only}};

    EXPECT_EQ(reader.query_one<int>("SELECT count(*) FROM t"), 0);
    EXPECT_THAT([&] { reader.execute("INSERT INTO t VALUES (1)"); },
                FailsWith(Errc::denied, HasSubstr("read-only")));
}

TEST_F(DatabaseTest, a_transaction_that_is_left_early_leaves_nothing)
{
    database_.execute("CREATE TABLE t (a)");

    const auto interrupted = [&] {
        Transaction transaction{database_};
        database_.execute("INSERT INTO t VALUES (1)");
        throw Error{Errc::cancelled, "changed my mind"};
    };
    EXPECT_THAT(interrupted, FailsWith(Errc::cancelled));

    EXPECT_EQ(database_.query_one<int>("SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, a_committed_transaction_is_seen_by_others)
{
    database_.execute("CREATE TABLE t (a)");
    Database other{dir_ / "test.db"};

    Transaction transaction{database_, Durability::normal};
    database_.execute("INSERT INTO t VALUES (1)");
    const int before = other.query_one<int>("SELECT count(*) FROM t");
    transaction.commit();

    EXPECT_EQ(before, 0);
    EXPECT_EQ(other.query_one<int>("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, transactions_do_not_nest)
{
    Transaction outer{database_};

    EXPECT_THAT([&] { const Transaction inner{database_}; }, FailsWith(Errc::internal));
}

TEST_F(DatabaseTest, a_transaction_says_how_durable_it_is)
{
    const auto synchronous = [&] { return database_.query_one<int>("PRAGMA synchronous"); };

    Transaction{database_, Durability::normal}.commit();
    const int normal = synchronous();
    Transaction{database_}.commit();

    EXPECT_EQ(normal, 1);
    EXPECT_EQ(synchronous(), 2);
}

TEST_F(DatabaseTest, a_writer_that_waits_too_long_is_told_that_it_may_try_again)
{
    Database other{dir_ / "test.db", {.busy_timeout = std::chrono::milliseconds{1}}};
    Transaction transaction{database_};

    EXPECT_THAT([&] { const Transaction second{other}; },
                FailsWith(Errc::unavailable, HasSubstr("locked")));
}

TEST(Database, whose_every_process_writes_a_little_has_a_short_log)
{
    const TempDir dir;
    const auto log = dir.path() / "a.db-wal";
    const auto write_a_little = [&](int times) {
        std::uintmax_t longest = 0;
        for (int i = 0; i < times; ++i) {
            Database database{dir.path() / "a.db",
                              {.create = Create::yes, .durability = Durability::normal}};
            database.execute("CREATE TABLE IF NOT EXISTS t (a)");
            database.execute("INSERT INTO t VALUES (zeroblob(20000))");
            longest = std::max(longest, std::filesystem::file_size(log));
        }
        return longest;
    };

    EXPECT_LT(write_a_little(200), std::uintmax_t{1} << 20);
    EXPECT_EQ(Database{dir.path() / "a.db"}.query_one<int>("SELECT count(*) FROM t"), 200);
}

TEST_F(DatabaseTest, a_snapshot_sees_one_state)
{
    database_.execute_script("CREATE TABLE t (a)");
    Database writer{dir_ / "test.db"};

    int inside = -1;
    {
        const Snapshot snapshot{database_};
        writer.execute("INSERT INTO t VALUES (1)");
        inside = database_.query_one<int>("SELECT count(*) FROM t");
    }

    EXPECT_EQ(inside, 0);
    EXPECT_EQ(database_.query_one<int>("SELECT count(*) FROM t"), 1);
}

} // namespace
} // namespace strata::db
