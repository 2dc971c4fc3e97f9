// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata/rows.hpp"

#include "base/error.hpp"

namespace strata::registry {

std::optional<RowNumber> find_repository(db::Database& database, std::string_view name)
{
    return database.query_optional<RowNumber>("SELECT number FROM repository WHERE name = ?", name);
}

RowNumber ensure_repository(db::Database& database, std::string_view name)
{
    if (const auto number = find_repository(database, name)) {
        return *number;
    }
    return database.query_one<RowNumber>(
        "INSERT INTO repository (name, created_ns) VALUES (?, ?) RETURNING number", name, now());
}

std::optional<RowNumber> find_manifest_row(db::Database& database, RowNumber repository,
                                           const Digest& digest)
{
    return database.query_optional<RowNumber>(
        "SELECT number FROM manifest WHERE repository = ? AND digest = ?", repository, digest);
}

bool link_blob(db::Database& database, RowNumber repository, RowNumber blob)
{
    database.execute("INSERT INTO repository_blob (repository, blob, added_ns) VALUES (?, ?, ?)"
                     " ON CONFLICT (repository, blob) DO NOTHING",
                     repository, blob, now());
    if (database.changes() == 0) {
        return false;
    }
    database.execute(
        "UPDATE repository SET bytes = bytes + (SELECT bytes FROM blob WHERE number = ?)"
        " WHERE number = ?",
        blob, repository);
    return true;
}

bool unlink_blob(db::Database& database, RowNumber repository, RowNumber blob)
{
    database.execute("DELETE FROM repository_blob WHERE repository = ? AND blob = ?", repository,
                     blob);
    if (database.changes() == 0) {
        return false;
    }
    database.execute(
        "UPDATE repository SET bytes = bytes - (SELECT bytes FROM blob WHERE number = ?)"
        " WHERE number = ?",
        blob, repository);
    return true;
}

void check_quota(db::Database& database, RowNumber repository, std::uint64_t quota)
{
    if (quota == 0) {
        return;
    }
    const auto [name, bytes] = database.query_one<std::string, std::uint64_t>(
        "SELECT name, bytes FROM repository WHERE number = ?", repository);
    if (bytes > quota) {
        throw Error{
            Errc::denied,
            fmt::format("repository {} would hold {} bytes; its quota is {}", name, bytes, quota),
            "Remove tags that are not needed any more, or have the quota raised."};
    }
}

StoredManifest store_manifest(db::Database& database, RowNumber repository,
                              const NewManifest& manifest)
{
    const auto number = database.query_optional<RowNumber>(
        "INSERT INTO manifest (repository, digest, media_type, size, subject, artifact_type,"
        " annotations, added_ns, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (repository, digest) DO NOTHING RETURNING number",
        repository, manifest.digest, manifest.media_type, manifest.bytes->size(), manifest.subject,
        manifest.artifact_type, manifest.annotations, now(), manifest.bytes);
    if (!number) {
        return {find_manifest_row(database, repository, manifest.digest).value(), false};
    }
    database.execute("UPDATE repository SET bytes = bytes + ? WHERE number = ?",
                     manifest.bytes->size(), repository);
    for (const Reference& reference : manifest.references) {
        // The same layer may come twice.
        database.execute("INSERT INTO manifest_reference (manifest, kind, digest, size, must_exist,"
                         " repository) VALUES (?, ?, ?, ?, ?, ?)"
                         " ON CONFLICT (manifest, kind, digest) DO NOTHING",
                         *number, reference.kind, reference.digest, reference.size,
                         reference.must_exist, repository);
    }
    return {*number, true};
}

void queue_review(db::Database& database, Review::Kind kind, RowNumber repository,
                  const Digest& digest, std::string_view reason, Timestamp due)
{
    database.execute(
        "INSERT INTO review (kind, repository, digest, reason, due_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, repository, digest)"
        " DO UPDATE SET reason = excluded.reason, due_ns = excluded.due_ns",
        kind, repository, digest, reason, due);
}

void erase_tag(db::Database& database, RowNumber repository, std::string_view tag,
               const Digest& named, Timestamp due)
{
    database.execute("DELETE FROM tag WHERE repository = ? AND name = ?", repository, tag);
    note_tag_change(database, repository, tag, std::nullopt, now());
    queue_review(database, Review::Kind::manifest, repository, named, reason::tag_removed, due);
}

std::vector<Dependent> dependents(db::Database& database, RowNumber repository, RowNumber number,
                                  const Digest& digest)
{
    std::vector<Dependent> found;
    for (const auto& [kind, named] : database.query<Reference::Kind, Digest>(
             "SELECT kind, digest FROM manifest_reference WHERE manifest = ?", number)) {
        if (kind == Reference::Kind::manifest) {
            found.push_back({Review::Kind::manifest, named, reason::index_removed});
        } else {
            found.push_back({Review::Kind::blob, named, reason::manifest_removed});
        }
    }
    for (const Digest& referrer :
         database.query<Digest>("SELECT digest FROM manifest WHERE repository = ? AND subject = ?",
                                repository, digest)) {
        found.push_back({Review::Kind::manifest, referrer, reason::subject_removed});
    }
    // Its own bytes, where Distribution has left them as a file.
    if (database.query_optional<RowNumber>("SELECT number FROM blob WHERE digest = ?", digest)) {
        found.push_back({Review::Kind::blob, digest, reason::manifest_removed});
    }
    return found;
}

std::vector<TagName> erase_manifest(db::Database& database, RowNumber repository, RowNumber number,
                                    const Digest& digest, Timestamp due)
{
    auto tags =
        database.query<TagName>("SELECT name FROM tag WHERE manifest = ? ORDER BY name", number);
    const Timestamp when = now();
    for (const TagName& tag : tags) {
        note_tag_change(database, repository, tag, std::nullopt, when);
    }
    for (const Dependent& dependent : dependents(database, repository, number, digest)) {
        queue_review(database, dependent.kind, repository, dependent.digest, dependent.reason, due);
    }
    database.execute("UPDATE repository SET bytes = bytes -"
                     " (SELECT size FROM manifest WHERE number = ?) WHERE number = ?",
                     number, repository);
    database.execute("DELETE FROM manifest WHERE number = ?", number); // with tags and references
    database.execute("DELETE FROM review WHERE kind = ? AND repository = ? AND digest = ?",
                     Review::Kind::manifest, repository, digest);
    return tags;
}

void note_tag_change(db::Database& database, RowNumber repository, std::string_view tag,
                     const std::optional<Digest>& digest, Timestamp when)
{
    database.execute("INSERT INTO tag_change (repository, name, digest, when_ns)"
                     " VALUES (?, ?, ?, ?)",
                     repository, tag, digest, when);
    database.execute("DELETE FROM tag_change WHERE repository = ?1 AND name = ?2 AND number <="
                     " (SELECT number FROM tag_change WHERE repository = ?1 AND name = ?2"
                     "  ORDER BY number DESC LIMIT 1 OFFSET ?3)",
                     repository, tag, kTagChangesKept);
}

} // namespace strata::registry
