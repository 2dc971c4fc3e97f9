// SPDX-License-Identifier: Apache-2.0
//
// What the collector asks and does. Everything that may have become garbage is in `review`, with
// the time when it may be judged; judging is a handful of look-ups in indexes, however large the
// registry is. (Marking everything that is reachable, as Distribution's collector does, needs all
// of it in memory and nobody pushing meanwhile.)
#include "registry/metadata/sqlite_metadata.hpp"

namespace strata::registry {
namespace {

/// What is to happen to something under review, and to what.
struct Judgement {
    enum class Fate : std::uint8_t { keep, unlink, remove };
    Fate fate = Fate::keep;
    std::string why;
    std::uint64_t bytes = 0;
    RowNumber repository = kNoRepository; // for a blob: only if it holds it
    RowNumber row = 0;
};
using Fate = Judgement::Fate;

Judgement keep(std::string why)
{
    return {.why = std::move(why)};
}

RowNumber repository_of(db::Database& database, const Review& review)
{
    return review.repository.empty()
               ? kNoRepository
               : find_repository(database, review.repository).value_or(kNoRepository);
}

using Gone = Metadata::Gone;

/// The first of the manifests (repository's name, digest) that `sql` finds which is not gone.
template <typename... Arguments>
std::optional<Gone::Place> first_manifest(db::Database& database, const Gone& gone,
                                          std::string_view sql, const Arguments&... arguments)
{
    std::optional<Gone::Place> found;
    if (gone.manifests.empty()) {
        if (auto row = database.query_optional<std::string, Digest>(sql, arguments...)) {
            found.emplace(std::move(std::get<0>(*row)), std::get<1>(*row));
        }
        return found;
    }
    database.for_each<std::string, Digest>(
        sql,
        [&](std::string repository, const Digest& digest) {
            Gone::Place place{std::move(repository), digest};
            if (!found && !gone.manifests.contains(place)) {
                found = std::move(place);
            }
        },
        arguments...);
    return found;
}

/// The first of the repositories that hold a blob, without `except`, that has not lost it.
std::optional<std::string> first_holder(db::Database& database, const Gone& gone, RowNumber blob,
                                        const Digest& digest, RowNumber except)
{
    constexpr std::string_view kHolders =
        "SELECT r.name FROM repository_blob l JOIN repository r ON r.number = l.repository"
        " WHERE l.blob = ? AND l.repository <> ?";
    if (gone.blobs.empty()) {
        return database.query_optional<std::string>(kHolders, blob, except);
    }
    std::optional<std::string> found;
    database.for_each<std::string>(
        kHolders,
        [&](std::string name) {
            if (!found && !gone.blobs.contains({name, digest})) {
                found = std::move(name);
            }
        },
        blob, except);
    return found;
}

Judgement judge_manifest(db::Database& database, const Review& review, Untagged untagged,
                         const Gone& gone)
{
    const RowNumber repository = repository_of(database, review);
    const auto row = database.query_optional<RowNumber, std::uint64_t, std::optional<Digest>>(
        "SELECT number, size, subject FROM manifest WHERE repository = ? AND digest = ?",
        repository, review.digest);
    if (!row || gone.manifests.contains({review.repository, review.digest})) {
        return keep("it is not there any more");
    }
    const auto& [number, size, subject] = *row;
    if (const auto tag = database.query_optional<TagName>(
            "SELECT name FROM tag WHERE manifest = ? LIMIT 1", number)) {
        return keep(fmt::format("tagged {}", *tag));
    }
    if (const auto index =
            first_manifest(database, gone,
                           "SELECT r.name, m.digest FROM manifest_reference f JOIN manifest m"
                           " ON m.number = f.manifest JOIN repository r ON r.number = m.repository"
                           " WHERE f.digest = ? AND f.repository = ? AND f.kind = 2",
                           review.digest, repository)) {
        return keep(fmt::format("part of index {}", index->second));
    }
    if (subject && !gone.manifests.contains({review.repository, *subject}) &&
        find_manifest_row(database, repository, *subject)) {
        return keep(fmt::format("refers to {}, which is there", *subject));
    }
    // A referrer may be pushed before its subject; but one whose subject was removed has had its
    // time, whatever is to become of untagged manifests.
    const bool bereft = subject && review.reason == reason::subject_removed;
    if (untagged == Untagged::keep && !bereft) {
        return keep("untagged manifests are kept");
    }
    return {.fate = Fate::remove,
            .why = bereft ? fmt::format("referred to {}, which was removed", *subject)
                          : "no tag, no index and no subject keeps it",
            .bytes = size,
            .repository = repository,
            .row = number};
}

Judgement judge_blob(db::Database& database, const Review& review, const Gone& gone)
{
    const auto row = database.query_optional<RowNumber, std::uint64_t, bool>(
        "SELECT number, bytes, deleting FROM blob WHERE digest = ?", review.digest);
    if (!row) {
        return keep("it is not there any more");
    }
    const auto& [number, bytes, deleting] = *row;
    if (deleting || gone.blobs.contains({"", review.digest})) {
        return keep("its removal has begun");
    }
    const RowNumber repository = repository_of(database, review);
    const bool held = !gone.blobs.contains({review.repository, review.digest}) &&
                      database
                          .query_optional<RowNumber>(
                              "SELECT blob FROM repository_blob WHERE repository = ? AND blob = ?",
                              repository, number)
                          .has_value();
    if (held) {
        if (const auto manifest = first_manifest(
                database, gone,
                "SELECT r.name, m.digest FROM manifest_reference f JOIN manifest m"
                " ON m.number = f.manifest JOIN repository r ON r.number = m.repository"
                " WHERE f.digest = ? AND f.repository = ? AND f.kind < 2",
                review.digest, repository)) {
            return keep(fmt::format("named by manifest {}", manifest->second));
        }
    }
    if (const auto other = first_holder(database, gone, number, review.digest, repository)) {
        if (!held) {
            return keep(fmt::format("{} holds it", *other));
        }
        return {.fate = Fate::unlink,
                .why = fmt::format("no manifest here names it ({} holds it as well)", *other),
                .repository = repository,
                .row = number};
    }
    if (const auto manifest =
            first_manifest(database, gone,
                           "SELECT r.name, m.digest FROM manifest_reference f JOIN manifest m"
                           " ON m.number = f.manifest JOIN repository r ON r.number = m.repository"
                           " WHERE f.digest = ?",
                           review.digest)) {
        return keep(fmt::format("named by {}@{}", manifest->first, manifest->second));
    }
    if (first_manifest(database, gone,
                       "SELECT r.name, m.digest FROM manifest m"
                       " JOIN repository r ON r.number = m.repository WHERE m.digest = ?",
                       review.digest)) {
        return keep("it is a manifest's own file");
    }
    return {.fate = Fate::remove,
            .why = "no manifest names it",
            .bytes = bytes,
            .repository = held ? repository : kNoRepository,
            .row = number};
}

Judgement judge_either(db::Database& database, const Review& review, Untagged untagged,
                       const Gone& gone = {})
{
    return review.kind == Review::Kind::manifest ? judge_manifest(database, review, untagged, gone)
                                                 : judge_blob(database, review, gone);
}

void execute_judgement(db::Database& database, const Review& review, const Judgement& judgement,
                       Timestamp due)
{
    if (judgement.fate == Fate::keep) {
        return;
    }
    if (review.kind == Review::Kind::manifest) {
        erase_manifest(database, judgement.repository, judgement.row, review.digest, due);
        return;
    }
    if (judgement.repository != kNoRepository) {
        unlink_blob(database, judgement.repository, judgement.row);
    }
    if (judgement.fate == Fate::remove) {
        database.execute("UPDATE blob SET deleting = 1 WHERE number = ?", judgement.row);
    }
}

/// Takes the review off the queue, unless somebody has postponed it since it was listed.
bool take_review(db::Database& database, const Review& review)
{
    database.execute("DELETE FROM review WHERE kind = ? AND repository = ? AND digest = ?"
                     " AND due_ns = ?",
                     review.kind, repository_of(database, review), review.digest, review.due);
    return database.changes() != 0;
}

Metadata::Verdict as_verdict(const Review& review, Judgement&& judgement)
{
    return {judgement.fate != Fate::keep, std::move(judgement.why), judgement.bytes,
            judgement.fate == Fate::remove && review.kind == Review::Kind::blob};
}

} // namespace

std::vector<Review> SqliteMetadata::due_reviews(Timestamp now, std::size_t limit)
{
    std::vector<Review> reviews;
    Reader
    {
        readers_
        } -> for_each<Review::Kind, std::string, Digest, std::string, Timestamp>(
            "SELECT v.kind, COALESCE(r.name, ''), v.digest, v.reason, v.due_ns FROM review v"
            " LEFT JOIN repository r ON r.number = v.repository"
            " WHERE v.due_ns <= ? ORDER BY v.due_ns LIMIT ?",
            [&](Review::Kind kind, std::string repository, const Digest& digest, std::string reason,
                Timestamp due) {
                reviews.push_back({kind, std::move(repository), digest, std::move(reason), due});
            },
            now, limit);
    return reviews;
}

Metadata::Verdict SqliteMetadata::judge(const Review& review, const Gone& gone)
{
    return as_verdict(review, judge_either(*Reader{readers_}, review, options_.untagged, gone));
}

std::vector<Review> SqliteMetadata::reviews_after(const Review& manifest)
{
    const Reader reader{readers_};
    std::vector<Review> reviews;
    const auto repository = find_repository(*reader, manifest.repository);
    const auto row =
        repository ? find_manifest_row(*reader, *repository, manifest.digest) : std::nullopt;
    if (row) {
        for (const Dependent& dependent : dependents(*reader, *repository, *row, manifest.digest)) {
            reviews.push_back({dependent.kind, manifest.repository, dependent.digest,
                               std::string{dependent.reason}, due()});
        }
    }
    return reviews;
}

std::vector<Metadata::Verdict> SqliteMetadata::collect(std::span<const Review> reviews)
{
    // On the disk before any file goes: a blob that a loss of power brought back without its file
    // would be told to exist.
    return remove(db::Durability::full, [&](db::Database& database) {
        std::vector<Verdict> verdicts;
        verdicts.reserve(reviews.size());
        for (const Review& review : reviews) {
            if (!take_review(database, review)) {
                verdicts.push_back({.why = "somebody asked for it meanwhile"});
                continue;
            }
            Judgement judgement = judge_either(database, review, options_.untagged);
            execute_judgement(database, review, judgement, due());
            verdicts.push_back(as_verdict(review, std::move(judgement)));
        }
        return verdicts;
    });
}

std::vector<Blob> SqliteMetadata::list_deleting(const Page& page)
{
    std::vector<Blob> blobs;
    Reader
    {
        readers_
        } -> for_each<Digest, std::uint64_t>(
            "SELECT digest, bytes FROM blob WHERE deleting = 1 AND digest > ?"
            " ORDER BY digest LIMIT ?",
            [&](const Digest& digest, std::uint64_t size) {
                blobs.push_back({digest, size});
            },
            page.last, page.limit);
    return blobs;
}

bool SqliteMetadata::is_deleting(const Digest& digest)
{
    return Reader
    {
        readers_
        } -> query_optional<RowNumber>("SELECT number FROM blob WHERE digest = ? AND deleting = 1",
                                       digest)
            .has_value();
}

void SqliteMetadata::forget_blobs(std::span<const Digest> digests)
{
    // Come back after a loss of power they are still `deleting`, and are forgotten again.
    remove(db::Durability::normal, [&](db::Database& database) {
        for (const Digest& digest : digests) {
            database.execute("DELETE FROM blob WHERE digest = ? AND deleting = 1", digest);
        }
        return true;
    });
}

std::uint64_t SqliteMetadata::queue_everything()
{
    return writer_.run(db::Durability::full, [&](db::Database& database) {
        const std::int64_t grace = std::chrono::nanoseconds{options_.grace}.count();
        // What was queued under a longer grace than today's does not wait for that one.
        database.execute("UPDATE review SET due_ns = ?1 WHERE due_ns > ?1", due());
        std::uint64_t queued = 0;
        const auto queue = [&](std::string_view rows) {
            database.execute(fmt::format("INSERT INTO review (kind, repository, digest, reason,"
                                         " due_ns) {} ON CONFLICT DO NOTHING",
                                         rows),
                             reason::looked_through, grace);
            queued += database.changes();
        };
        queue("SELECT 0, m.repository, m.digest, ?, m.added_ns + ? FROM manifest m"
              " WHERE NOT EXISTS (SELECT 1 FROM tag t WHERE t.manifest = m.number)");
        queue("SELECT 1, l.repository, b.digest, ?, l.added_ns + ? FROM repository_blob l"
              " JOIN blob b ON b.number = l.blob WHERE b.deleting = 0 AND NOT EXISTS"
              " (SELECT 1 FROM manifest_reference f"
              "  WHERE f.digest = b.digest AND f.repository = l.repository)");
        queue("SELECT 1, 0, b.digest, ?, b.added_ns + ? FROM blob b WHERE b.deleting = 0"
              " AND NOT EXISTS (SELECT 1 FROM repository_blob l WHERE l.blob = b.number)"
              " AND NOT EXISTS (SELECT 1 FROM manifest_reference f WHERE f.digest = b.digest)"
              " AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.digest = b.digest)");
        return queued;
    });
}

std::uint64_t SqliteMetadata::forget_removed_tags(Timestamp time, std::size_t limit)
{
    return remove(db::Durability::normal, [&](db::Database& database) {
        const auto tags = database.query<RowNumber, TagName>(
            "SELECT c.repository, c.name FROM tag_change c WHERE c.digest IS NULL"
            " AND c.when_ns < ? AND NOT EXISTS (SELECT 1 FROM tag_change n WHERE"
            " n.repository = c.repository AND n.name = c.name AND n.number > c.number) LIMIT ?",
            time, limit);
        for (const auto& [repository, name] : tags) {
            database.execute("DELETE FROM tag_change WHERE repository = ? AND name = ?", repository,
                             name);
        }
        return std::uint64_t{tags.size()};
    });
}

std::uint64_t SqliteMetadata::pending_reviews()
{
    return Reader
    {
        readers_
        } -> query_one<std::uint64_t>("SELECT COUNT(*) FROM review");
}

} // namespace strata::registry
