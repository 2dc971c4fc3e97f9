// SPDX-License-Identifier: Apache-2.0
//
// What a pull asks.
#include "db/migrations.hpp"
#include "registry/metadata/schema.hpp"
#include "registry/metadata/sqlite_metadata.hpp"
#include "sys/file.hpp"

namespace strata::registry {
namespace {

/// Brings the schema up to date before anything else has the file open.
std::filesystem::path migrated(const std::filesystem::path& file, const Reserve& reserve)
{
    reserve.with([&] {
        db::Database database{file, {.create = db::Create::yes}};
        db::migrate(database, "registry", schema_steps());
    });
    reserve.restore();
    return file;
}

template <typename Row>
std::optional<Manifest> as_manifest(std::optional<Row>&& row)
{
    if (!row) {
        return std::nullopt;
    }
    auto& [digest, media_type, subject, bytes] = *row;
    return Manifest{.digest = digest,
                    .media_type = std::move(media_type),
                    .bytes = std::move(bytes),
                    .subject = subject};
}

} // namespace

SqliteMetadata::SqliteMetadata(const std::filesystem::path& file, const MetadataOptions& options)
    : options_{options}
    , reserve_{file.parent_path() / "reserve"}
    , writer_{migrated(file, reserve_)}
    , readers_{file}
{
}

bool SqliteMetadata::has_repository(std::string_view name)
{
    return find_repository(*Reader{readers_}, name).has_value();
}

std::optional<Manifest> SqliteMetadata::find_manifest(std::string_view repository,
                                                      const Digest& digest)
{
    return as_manifest(Reader { readers_ }
                       -> query_optional<Digest, std::string, std::optional<Digest>,
                                         std::shared_ptr<const std::string>>(
                           "SELECT m.digest, m.media_type, m.subject, m.bytes"
                           " FROM repository r JOIN manifest m ON m.repository = r.number"
                           " WHERE r.name = ? AND m.digest = ?",
                           repository, digest));
}

std::optional<Manifest> SqliteMetadata::find_tag(std::string_view repository, std::string_view tag)
{
    return as_manifest(Reader { readers_ }
                       -> query_optional<Digest, std::string, std::optional<Digest>,
                                         std::shared_ptr<const std::string>>(
                           "SELECT m.digest, m.media_type, m.subject, m.bytes"
                           " FROM repository r JOIN tag t ON t.repository = r.number"
                           " JOIN manifest m ON m.number = t.manifest"
                           " WHERE r.name = ? AND t.name = ?",
                           repository, tag));
}

std::optional<Blob> SqliteMetadata::find_held_blob(db::Database& database,
                                                   std::string_view repository,
                                                   const Digest& digest,
                                                   std::optional<Timestamp>& due)
{
    const auto row = database.query_optional<std::uint64_t, std::optional<Timestamp>>(
        "SELECT b.bytes, v.due_ns FROM repository r JOIN blob b"
        " JOIN repository_blob l ON l.repository = r.number AND l.blob = b.number"
        " LEFT JOIN review v ON v.kind = 1 AND v.repository = r.number AND v.digest = b.digest"
        " WHERE r.name = ? AND b.digest = ? AND b.deleting = 0",
        repository, digest);
    if (!row) {
        return std::nullopt;
    }
    due = std::get<1>(*row);
    return Blob{digest, std::get<0>(*row)};
}

std::optional<Blob> SqliteMetadata::find_blob(std::string_view repository, const Digest& digest)
{
    std::optional<Timestamp> due;
    const auto blob = find_held_blob(*Reader{readers_}, repository, digest, due);
    return blob && due && is_soon(*due) ? postpone(repository, digest) : blob;
}

bool SqliteMetadata::is_soon(Timestamp due) const
{
    const auto soon = assured_after_asking(options_.grace);
    return soon.count() > 0 && due <= now() + soon;
}

namespace {

void postpone_review(db::Database& database, Review::Kind kind, std::string_view repository,
                     const Digest& digest, Timestamp due)
{
    database.execute("UPDATE review SET due_ns = ? WHERE kind = ? AND digest = ? AND"
                     " repository = (SELECT number FROM repository WHERE name = ?)",
                     due, kind, digest, repository);
}

} // namespace

void SqliteMetadata::postpone_manifest(std::string_view repository, const Digest& digest)
{
    const auto due = Reader
    {
        readers_
        } -> query_optional<Timestamp>(
            "SELECT v.due_ns FROM repository r JOIN review v ON v.repository = r.number"
            " WHERE r.name = ? AND v.kind = ? AND v.digest = ?",
            repository, Review::Kind::manifest, digest);
    if (due && is_soon(*due)) {
        writer_.run(db::Durability::normal, [&](db::Database& database) {
            postpone_review(database, Review::Kind::manifest, repository, digest, this->due());
        });
    }
}

/// Whoever asked is told "it is there" only once it will stay.
std::optional<Blob> SqliteMetadata::postpone(std::string_view repository, const Digest& digest)
{
    // Undone by a loss of power, it does not matter: whoever asked has lost us too.
    return writer_.run(db::Durability::normal, [&](db::Database& database) {
        std::optional<Timestamp> due;
        const auto blob = find_held_blob(database, repository, digest, due);
        if (blob && due) {
            postpone_review(database, Review::Kind::blob, repository, digest, this->due());
        }
        return blob;
    });
}

std::vector<std::string> SqliteMetadata::repositories_with_blob(const Digest& digest)
{
    return Reader
    {
        readers_
        } -> query<std::string>(
            "SELECT r.name FROM blob b JOIN repository_blob l ON l.blob = b.number"
            " JOIN repository r ON r.number = l.repository"
            " WHERE b.digest = ? AND b.deleting = 0 ORDER BY l.repository LIMIT 100",
            digest);
}

std::unique_ptr<Metadata> open_sqlite_metadata(const std::filesystem::path& root,
                                               const MetadataOptions& options)
{
    const auto folder = root / "strata";
    sys::ensure_folders(folder);
    return std::make_unique<SqliteMetadata>(folder / "registry.db", options);
}

} // namespace strata::registry
