// SPDX-License-Identifier: Apache-2.0
#include "registry/proxy/ledger.hpp"

#include "db/migrations.hpp"
#include "db/transaction.hpp"
#include "sys/file.hpp"

#include <array>

namespace strata::registry {
namespace {

constexpr auto kSchema = std::to_array<std::string_view>({
    R"(
CREATE TABLE cached (
    upstream   TEXT NOT NULL,
    repository TEXT NOT NULL,
    digest     TEXT NOT NULL,
    size       BIGINT NOT NULL,
    used       BIGINT NOT NULL,
    PRIMARY KEY (repository, digest)
);
CREATE INDEX cached_by_use ON cached (upstream, used);
)",
});

constexpr std::size_t kMostUsed = 10'000;

std::unique_ptr<db::Database> open(const std::string& root)
{
    const sys::Path folder = sys::Path{root} / "strata";
    sys::ensure_folders(folder);
    auto database = std::make_unique<db::Database>(
        folder / "proxy.db",
        db::OpenOptions{.create = db::Create::yes, .durability = db::Durability::normal});
    db::migrate(*database, "proxy", kSchema);
    return database;
}

std::vector<CacheLedger::Entry>
as_entries(std::vector<std::tuple<std::string, oci::Digest, std::uint64_t>>&& rows)
{
    std::vector<CacheLedger::Entry> entries;
    entries.reserve(rows.size());
    for (auto& [repository, digest, size] : rows) {
        entries.push_back({std::move(repository), digest, size});
    }
    return entries;
}

} // namespace

CacheLedger::CacheLedger(const std::string& root) : database_{open(root)} {}

void CacheLedger::add(std::string_view upstream, const Entry& entry)
{
    database_.with([&](const auto& database) {
        database->execute("INSERT INTO cached VALUES (?, ?, ?, ?, ?) ON CONFLICT (repository, "
                          "digest) DO UPDATE SET used = excluded.used",
                          upstream, entry.repository, entry.digest, entry.size, now());
    });
}

void CacheLedger::used(std::string_view repository, const oci::Digest& digest)
{
    const bool full = used_.with([&](auto& used) {
        used.insert_or_assign({std::string{repository}, digest.str()}, now());
        return used.size() >= kMostUsed;
    });
    if (full) {
        flush();
    }
}

void CacheLedger::flush()
{
    std::map<std::pair<std::string, std::string>, Timestamp> pending;
    used_.with([&](auto& used) { pending.swap(used); });
    if (pending.empty()) {
        return;
    }
    database_.with([&](const auto& database) {
        db::Transaction transaction{*database};
        for (const auto& [key, time] : pending) {
            database->execute("UPDATE cached SET used = ? WHERE repository = ? AND digest = ?",
                              time, key.first, key.second);
        }
        transaction.commit();
    });
}

std::uint64_t CacheLedger::bytes(std::string_view upstream)
{
    return database_.with([&](const auto& database) {
        return database->template query_one<std::uint64_t>(
            "SELECT COALESCE(SUM(size), 0) FROM cached WHERE upstream = ?", upstream);
    });
}

std::vector<CacheLedger::Entry> CacheLedger::oldest(std::string_view upstream, std::size_t limit)
{
    return as_entries(database_.with([&](const auto& database) {
        return database->template query<std::string, oci::Digest, std::uint64_t>(
            "SELECT repository, digest, size FROM cached WHERE upstream = ? ORDER BY used LIMIT ?",
            upstream, limit);
    }));
}

std::vector<CacheLedger::Entry> CacheLedger::unused_since(std::string_view upstream, Timestamp time,
                                                          std::size_t limit)
{
    return as_entries(database_.with([&](const auto& database) {
        return database->template query<std::string, oci::Digest, std::uint64_t>(
            "SELECT repository, digest, size FROM cached WHERE upstream = ? AND used < ? ORDER BY "
            "used LIMIT ?",
            upstream, time, limit);
    }));
}

void CacheLedger::remove(const Entry& entry)
{
    database_.with([&](const auto& database) {
        database->execute("DELETE FROM cached WHERE repository = ? AND digest = ?",
                          entry.repository, entry.digest);
    });
}

} // namespace strata::registry
