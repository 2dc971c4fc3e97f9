// SPDX-License-Identifier: Apache-2.0
//
// Uploads, and notes about the registry as a whole. A row of an upload may be lost with the power,
// as its file may: then there is no upload, and the client begins again.
#include "registry/metadata/sqlite_metadata.hpp"

namespace strata::registry {
namespace {

using UploadRow = std::tuple<std::string, std::string, Timestamp, Timestamp, std::optional<Digest>>;

Upload as_upload(UploadRow&& row)
{
    auto& [id, repository, started, touched, digest] = row;
    return {std::move(id), std::move(repository), started, touched, digest};
}

std::vector<Upload> as_uploads(std::vector<UploadRow>&& rows)
{
    std::vector<Upload> uploads;
    uploads.reserve(rows.size());
    for (UploadRow& row : rows) {
        uploads.push_back(as_upload(std::move(row)));
    }
    return uploads;
}

} // namespace

void SqliteMetadata::add_upload(const Upload& upload)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        database.execute("INSERT INTO upload (id, repository, started_ns, touched_ns, digest)"
                         " VALUES (?, ?, ?, ?, ?)",
                         upload.id, upload.repository, upload.started, upload.touched,
                         upload.digest);
    });
}

std::optional<Upload> SqliteMetadata::find_upload(std::string_view repository, std::string_view id)
{
    auto row = Reader
    {
        readers_
        } -> query_optional<std::string, std::string, Timestamp, Timestamp, std::optional<Digest>>(
            "SELECT id, repository, started_ns, touched_ns, digest FROM upload"
            " WHERE id = ? AND repository = ?",
            id, repository);
    return row ? std::optional{as_upload(*std::move(row))} : std::nullopt;
}

void SqliteMetadata::touch_upload(std::string_view id)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        database.execute("UPDATE upload SET touched_ns = ? WHERE id = ?", now(), id);
    });
}

void SqliteMetadata::note_upload_digest(std::string_view id, const Digest& digest)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        database.execute("UPDATE upload SET digest = ?, touched_ns = ? WHERE id = ?", digest, now(),
                         id);
    });
}

bool SqliteMetadata::remove_upload(std::string_view id)
{
    return remove(db::Durability::normal, [&](db::Database& database) {
        database.execute("DELETE FROM upload WHERE id = ?", id);
        return database.changes() != 0;
    });
}

std::vector<Upload> SqliteMetadata::list_uploads_idle_since(Timestamp time, std::size_t limit)
{
    return as_uploads(
        Reader { readers_ }
        -> query<std::string, std::string, Timestamp, Timestamp, std::optional<Digest>>(
            "SELECT id, repository, started_ns, touched_ns, digest FROM upload"
            " WHERE touched_ns <= ? ORDER BY touched_ns LIMIT ?",
            time, limit));
}

std::vector<Upload> SqliteMetadata::list_uploads_being_published()
{
    return as_uploads(
        Reader { readers_ }
        -> query<std::string, std::string, Timestamp, Timestamp, std::optional<Digest>>(
            "SELECT id, repository, started_ns, touched_ns, digest FROM upload"
            " WHERE digest IS NOT NULL ORDER BY id"));
}

std::optional<std::string> SqliteMetadata::find_note(std::string_view name)
{
    return Reader
    {
        readers_
        } -> query_optional<std::string>("SELECT text FROM note WHERE name = ?", name);
}

void SqliteMetadata::set_note(std::string_view name, std::string_view text)
{
    writer_.run(db::Durability::full, [&](db::Database& database) {
        database.execute("INSERT INTO note (name, text) VALUES (?, ?)"
                         " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
                         name, text);
    });
}

} // namespace strata::registry
