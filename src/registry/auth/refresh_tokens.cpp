// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/refresh_tokens.hpp"

#include "db/migrations.hpp"
#include "db/transaction.hpp"
#include "registry/auth/crypto.hpp"

#include <array>
#include <filesystem>

namespace strata::registry {
namespace {

constexpr auto kSchema = std::to_array<std::string_view>({
    R"(
CREATE TABLE refresh_token (
    hash     TEXT PRIMARY KEY,    -- SHA-256 of the token, base64url
    subject  TEXT NOT NULL,
    service  TEXT NOT NULL,
    password TEXT NOT NULL,       -- fingerprint of the subject's password then
    client   TEXT NOT NULL,       -- what the client called itself
    created  BIGINT NOT NULL,
    used     BIGINT NOT NULL
);
CREATE INDEX refresh_token_of_subject ON refresh_token (subject, used);
)",
});

constexpr int kMostOfOneSubject = 1000;
/// The time of last use is for clearing up: no need to write it down for each use.
constexpr std::chrono::hours kNoteUseEvery{1};

std::string hash_of(std::string_view token)
{
    const Sum sum = sha256(token);
    return encode_base64url({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

} // namespace

RefreshTokens::RefreshTokens(const std::string& root, std::chrono::nanoseconds lifetime)
    : database_{std::make_unique<db::Database>(std::filesystem::path{root} / "tokens.db",
                                               db::OpenOptions{.create = db::Create::yes})}
    , lifetime_{lifetime}
{
    database_.with([](auto& database) { db::migrate(*database, "tokens", kSchema); });
}

std::string RefreshTokens::create(const Owner& owner, std::string_view client)
{
    std::string token = random_secret(32);
    const Timestamp time = now();
    database_.with([&](const auto& database) {
        db::Transaction transaction{*database};
        database->execute("DELETE FROM refresh_token WHERE hash IN (SELECT hash FROM refresh_token "
                          "WHERE subject = ? ORDER BY used DESC LIMIT -1 OFFSET ?)",
                          owner.subject, kMostOfOneSubject - 1);
        database->execute("INSERT INTO refresh_token VALUES (?, ?, ?, ?, ?, ?, ?)", hash_of(token),
                          owner.subject, owner.service, owner.password, client.substr(0, 200), time,
                          time);
        transaction.commit();
    });
    return token;
}

std::optional<RefreshTokens::Owner> RefreshTokens::find(std::string_view token)
{
    const std::string hash = hash_of(token);
    const Timestamp time = now();
    return database_.with([&](const auto& database) -> std::optional<Owner> {
        auto row =
            database->template query_optional<std::string, std::string, std::string, Timestamp>(
                "SELECT subject, service, password, used FROM refresh_token WHERE hash = ?", hash);
        if (!row) {
            return std::nullopt;
        }
        auto& [subject, service, password, used] = *row;
        if (lifetime_.count() != 0 && time - used > lifetime_) {
            database->execute("DELETE FROM refresh_token WHERE hash = ?", hash);
            return std::nullopt;
        }
        if (time - used > kNoteUseEvery) {
            database->execute("UPDATE refresh_token SET used = ? WHERE hash = ?", time, hash);
        }
        return Owner{std::move(subject), std::move(service), std::move(password)};
    });
}

void RefreshTokens::remove(std::string_view token)
{
    database_.with([&](const auto& database) {
        database->execute("DELETE FROM refresh_token WHERE hash = ?", hash_of(token));
    });
}

} // namespace strata::registry
