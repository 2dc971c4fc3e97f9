// SPDX-License-Identifier: Apache-2.0
//
// What a push changes, and a delete.
#include "registry/metadata/sqlite_metadata.hpp"

#include <set>

namespace strata::registry {
namespace {

bool holds(db::Database& database, RowNumber repository, const Reference& reference)
{
    if (reference.kind == Reference::Kind::manifest) {
        return find_manifest_row(database, repository, reference.digest).has_value();
    }
    return database
        .query_optional<RowNumber>(
            "SELECT b.number FROM blob b JOIN repository_blob l ON l.blob = b.number"
            " WHERE b.digest = ? AND b.deleting = 0 AND l.repository = ?",
            reference.digest, repository)
        .has_value();
}

std::vector<Digest> missing_of(db::Database& database, std::string_view repository,
                               const NewManifest& manifest)
{
    const RowNumber number = find_repository(database, repository).value_or(kNoRepository);
    std::vector<Digest> missing;
    for (const Reference& reference : manifest.references) {
        if (reference.must_exist && !holds(database, number, reference)) {
            missing.push_back(reference.digest);
        }
    }
    return missing;
}

/// The row of a blob whose file is certainly there. That it was about to be deleted is over.
RowNumber ensure_blob(db::Database& database, const Blob& blob)
{
    return database.query_one<RowNumber>(
        "INSERT INTO blob (digest, bytes, added_ns) VALUES (?, ?, ?)"
        " ON CONFLICT (digest) DO UPDATE SET deleting = 0 RETURNING number",
        blob.digest, blob.size, now());
}

std::optional<RowNumber> find_blob_row(db::Database& database, const Digest& digest)
{
    return database.query_optional<RowNumber>(
        "SELECT number FROM blob WHERE digest = ? AND deleting = 0", digest);
}

} // namespace

void SqliteMetadata::add_blob(std::string_view repository, const Blob& blob, std::uint64_t quota)
{
    writer_.run(db::Durability::full, [&](db::Database& database) {
        const RowNumber number = ensure_repository(database, repository);
        if (link_blob(database, number, ensure_blob(database, blob))) {
            check_quota(database, number, quota);
        }
        queue_review(database, Review::Kind::blob, number, blob.digest, reason::uploaded, due());
    });
}

void SqliteMetadata::adopt_blob(const Blob& blob, std::string_view reason)
{
    writer_.run(db::Durability::normal, [&](db::Database& database) {
        ensure_blob(database, blob);
        queue_review(database, Review::Kind::blob, kNoRepository, blob.digest, reason, due());
    });
}

void SqliteMetadata::lose_blob(const Digest& digest)
{
    writer_.run(db::Durability::full, [&](db::Database& database) {
        const auto blob = find_blob_row(database, digest);
        if (!blob) {
            return;
        }
        for (const RowNumber repository : database.query<RowNumber>(
                 "SELECT repository FROM repository_blob WHERE blob = ?", *blob)) {
            unlink_blob(database, repository, *blob);
        }
        database.execute("DELETE FROM blob WHERE number = ?", *blob);
    });
}

void SqliteMetadata::recount()
{
    writer_.run(db::Durability::full, [&](db::Database& database) {
        database.execute(fmt::format("UPDATE repository SET bytes = {}", kHeldBytes));
    });
}

bool SqliteMetadata::mount_blob(std::string_view repository, const Digest& digest,
                                std::uint64_t quota)
{
    return writer_.run(db::Durability::full, [&](db::Database& database) {
        const auto blob = find_blob_row(database, digest);
        if (!blob) {
            return false;
        }
        const RowNumber number = ensure_repository(database, repository);
        if (link_blob(database, number, *blob)) {
            check_quota(database, number, quota);
        }
        queue_review(database, Review::Kind::blob, number, digest, reason::mounted, due());
        return true;
    });
}

bool SqliteMetadata::remove_blob(std::string_view repository, const Digest& digest)
{
    return remove(db::Durability::full, [&](db::Database& database) {
        const auto number = find_repository(database, repository);
        const auto blob = find_blob_row(database, digest);
        if (!number || !blob || !unlink_blob(database, *number, *blob)) {
            return false;
        }
        queue_review(database, Review::Kind::blob, *number, digest, reason::unlinked, due());
        return true;
    });
}

bool SqliteMetadata::evict_blob(std::string_view repository, const Digest& digest)
{
    return writer_.run(db::Durability::full, [&](db::Database& database) {
        const auto number = find_repository(database, repository);
        const auto blob = find_blob_row(database, digest);
        if (!number || !blob || !unlink_blob(database, *number, *blob)) {
            return false;
        }
        // The file of a manifest that was taken in from Distribution is kept for the way back.
        database.execute("UPDATE blob SET deleting = 1 WHERE number = ?1 AND NOT EXISTS"
                         " (SELECT 1 FROM repository_blob WHERE blob = ?1) AND NOT EXISTS"
                         " (SELECT 1 FROM manifest m WHERE m.digest = blob.digest)",
                         *blob);
        return true;
    });
}

/// True if the tag named something else before.
bool SqliteMetadata::point_tag(db::Database& database, RowNumber repository, std::string_view tag,
                               RowNumber manifest, const Digest& digest) const
{
    const auto before = database.query_optional<Digest>(
        "SELECT m.digest FROM tag t JOIN manifest m ON m.number = t.manifest"
        " WHERE t.repository = ? AND t.name = ?",
        repository, tag);
    if (before == digest) {
        return false;
    }
    const Timestamp when = now();
    database.execute("INSERT INTO tag (repository, name, manifest, since_ns) VALUES (?, ?, ?, ?)"
                     " ON CONFLICT (repository, name)"
                     " DO UPDATE SET manifest = excluded.manifest, since_ns = excluded.since_ns",
                     repository, tag, manifest, when);
    note_tag_change(database, repository, tag, digest, when);
    if (before) {
        queue_review(database, Review::Kind::manifest, repository, *before, reason::tag_moved,
                     due());
    }
    return before.has_value();
}

Metadata::Put SqliteMetadata::put_manifest(std::string_view repository, const NewManifest& manifest,
                                           const std::vector<TagName>& tags, std::uint64_t quota)
{
    return writer_.run(db::Durability::full, [&](db::Database& database) {
        Put put{.missing = missing_of(database, repository, manifest)};
        if (!put.missing.empty()) {
            return put;
        }
        const RowNumber number = ensure_repository(database, repository);
        const StoredManifest stored = store_manifest(database, number, manifest);
        put.is_new = stored.is_new;
        if (stored.is_new) {
            check_quota(database, number, quota);
        }
        if (quota != 0) {
            put.held = database.query_one<std::uint64_t>(
                "SELECT bytes FROM repository WHERE number = ?", number);
        }
        for (const TagName& tag : tags) {
            if (point_tag(database, number, tag, stored.number, manifest.digest)) {
                put.moved_tags.push_back(tag);
            }
        }
        if (tags.empty()) {
            queue_review(database, Review::Kind::manifest, number, manifest.digest,
                         reason::pushed_untagged, due());
        }
        return put;
    });
}

bool SqliteMetadata::set_tag(std::string_view repository, std::string_view tag,
                             const Digest& digest)
{
    return writer_.run(db::Durability::full, [&](db::Database& database) {
        const auto number = find_repository(database, repository);
        const auto manifest = number ? find_manifest_row(database, *number, digest) : std::nullopt;
        if (!manifest) {
            return false;
        }
        point_tag(database, *number, tag, *manifest, digest);
        return true;
    });
}

std::optional<Digest> SqliteMetadata::remove_tag(std::string_view repository, std::string_view tag)
{
    return remove(db::Durability::full, [&](db::Database& database) {
        const auto row = database.query_optional<RowNumber, Digest>(
            "SELECT r.number, m.digest FROM repository r JOIN tag t ON t.repository = r.number"
            " JOIN manifest m ON m.number = t.manifest WHERE r.name = ? AND t.name = ?",
            repository, tag);
        if (!row) {
            return std::optional<Digest>{};
        }
        const auto& [number, digest] = *row;
        erase_tag(database, number, tag, digest, due());
        return std::optional{digest};
    });
}

std::optional<std::vector<TagName>> SqliteMetadata::remove_manifest(std::string_view repository,
                                                                    const Digest& digest)
{
    return remove(db::Durability::full, [&](db::Database& database) {
        const auto number = find_repository(database, repository);
        const auto manifest = number ? find_manifest_row(database, *number, digest) : std::nullopt;
        return manifest ? std::optional{erase_manifest(database, *number, *manifest, digest, due())}
                        : std::nullopt;
    });
}

bool SqliteMetadata::remove_repository(std::string_view name)
{
    return remove(db::Durability::full, [&](db::Database& database) {
        const auto number = find_repository(database, name);
        if (!number) {
            return false;
        }
        database.execute("DELETE FROM review WHERE repository = ?", *number);
        // What it held, what its manifests named, and their own bytes where they lie as files.
        database.execute("INSERT INTO review (kind, repository, digest, reason, due_ns)"
                         " SELECT 1, 0, b.digest, ?, ? FROM blob b WHERE b.number IN"
                         " (SELECT l.blob FROM repository_blob l WHERE l.repository = ?)"
                         " OR b.digest IN (SELECT f.digest FROM manifest_reference f"
                         "  JOIN manifest m ON m.number = f.manifest WHERE m.repository = ?)"
                         " OR b.digest IN (SELECT m.digest FROM manifest m WHERE m.repository = ?)"
                         " ON CONFLICT (kind, repository, digest)"
                         " DO UPDATE SET reason = excluded.reason, due_ns = excluded.due_ns",
                         reason::repository_removed, due(), *number, *number, *number);
        database.execute("DELETE FROM repository WHERE number = ?", *number); // and all of its rows
        return true;
    });
}

namespace {

/// Removes what a repository held at `taken.as_of` and is not named any more, but for what was
/// given a tag or put into a manifest since.
Metadata::Went remove_what_went(db::Database& database, RowNumber repository,
                                const TakenRepository& taken, Timestamp due)
{
    const Timestamp as_of = taken.as_of.value();
    Metadata::Went went;
    std::set<TagName> tags{taken.unclear_tags.begin(), taken.unclear_tags.end()};
    for (const auto& tag : taken.tags) {
        tags.insert(tag.name);
    }
    for (const auto& [name, digest] : database.query<TagName, Digest>(
             "SELECT t.name, m.digest FROM tag t JOIN manifest m ON m.number = t.manifest"
             " WHERE t.repository = ? AND t.since_ns <= ?",
             repository, as_of)) {
        if (!tags.contains(name)) {
            erase_tag(database, repository, name, digest, due);
            ++went.tags;
        }
    }
    std::set<Digest> manifests{taken.unclear_manifests.begin(), taken.unclear_manifests.end()};
    for (const NewManifest& manifest : taken.manifests) {
        manifests.insert(manifest.digest);
    }
    for (const auto& [number, digest] : database.query<RowNumber, Digest>(
             "SELECT number, digest FROM manifest m WHERE repository = ?1 AND added_ns <= ?2"
             " AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.manifest = m.number)"
             " AND NOT EXISTS (SELECT 1 FROM manifest_reference f JOIN manifest n"
             "  ON n.number = f.manifest WHERE f.digest = m.digest AND f.repository = ?1"
             "  AND n.added_ns > ?2)",
             repository, as_of)) {
        if (!manifests.contains(digest)) {
            erase_manifest(database, repository, number, digest, due);
            ++went.manifests;
        }
    }
    std::set<Digest> blobs;
    for (const Blob& blob : taken.blobs) {
        blobs.insert(blob.digest);
    }
    for (const auto& [number, digest] : database.query<RowNumber, Digest>(
             "SELECT b.number, b.digest FROM repository_blob l JOIN blob b ON b.number = l.blob"
             " WHERE l.repository = ?1 AND l.added_ns <= ?2"
             " AND NOT EXISTS (SELECT 1 FROM manifest_reference f JOIN manifest n"
             "  ON n.number = f.manifest WHERE f.digest = b.digest AND f.repository = ?1"
             "  AND n.added_ns > ?2)",
             repository, as_of)) {
        if (!blobs.contains(digest)) {
            unlink_blob(database, repository, number);
            queue_review(database, Review::Kind::blob, repository, digest, reason::unlinked, due);
        }
    }
    return went;
}

} // namespace

Metadata::Went SqliteMetadata::take_in_one(db::Database& database,
                                           const TakenRepository& taken) const
{
    const RowNumber number = ensure_repository(database, taken.name);
    for (const Blob& blob : taken.blobs) {
        link_blob(database, number, ensure_blob(database, blob));
        queue_review(database, Review::Kind::blob, number, blob.digest, reason::taken_in, due());
    }
    for (const NewManifest& manifest : taken.manifests) {
        store_manifest(database, number, manifest);
        // Its bytes lie there as a file, which goes with the last manifest of that digest.
        ensure_blob(database, {manifest.digest, manifest.bytes->size()});
    }
    for (const TakenRepository::Tag& tag : taken.tags) {
        const auto manifest = find_manifest_row(database, number, tag.digest);
        if (!manifest) {
            continue;
        }
        const bool known =
            database
                .query_optional<RowNumber>(
                    "SELECT manifest FROM tag WHERE repository = ? AND name = ?", number, tag.name)
                .has_value();
        for (const Digest& before : known ? std::vector<Digest>{} : tag.before) {
            note_tag_change(database, number, tag.name, before, kZeroTime);
        }
        point_tag(database, number, tag.name, *manifest, tag.digest);
    }
    return taken.as_of ? remove_what_went(database, number, taken, due()) : Went{};
}

Metadata::Went SqliteMetadata::take_in(std::span<const TakenRepository> repositories)
{
    // Many of these follow each other, and a take-in that is cut short begins the last ones again.
    return writer_.run(db::Durability::normal, [&](db::Database& database) {
        Went went;
        for (const TakenRepository& taken : repositories) {
            const Went these = take_in_one(database, taken);
            went.tags += these.tags;
            went.manifests += these.manifests;
        }
        return went;
    });
}

} // namespace strata::registry
