// SPDX-License-Identifier: Apache-2.0
//
// Listings: each is one range of an index, whatever the page.
#include "registry/metadata/sqlite_metadata.hpp"

namespace strata::registry {
namespace {

Metadata::KnownBlob as_known(std::tuple<Digest, std::uint64_t, bool, bool>&& row)
{
    const auto& [digest, size, deleting, held] = row;
    return {{digest, size}, deleting, held};
}

RepositoryUsage
as_usage(std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>&& row)
{
    auto& [name, manifests, tags, blobs, bytes] = row;
    return {std::move(name), manifests, tags, blobs, bytes};
}

/// `term` with what LIKE gives a meaning taken literally ('\' is the escape).
std::string literal_pattern(std::string_view term)
{
    std::string pattern;
    for (const char c : term) {
        if (c == '%' || c == '_' || c == '\\') {
            pattern += '\\';
        }
        pattern += c;
    }
    return pattern;
}

} // namespace

std::vector<std::string> SqliteMetadata::list_repositories(const Page& page)
{
    return Reader
    {
        readers_
        } -> query<std::string>("SELECT name FROM repository WHERE name > ? ORDER BY name LIMIT ?",
                                page.last, page.limit);
}

std::optional<std::vector<TagName>> SqliteMetadata::list_tags(std::string_view repository,
                                                              const Page& page)
{
    const Reader reader{readers_};
    const auto number = find_repository(*reader, repository);
    if (!number) {
        return std::nullopt;
    }
    return reader->query<TagName>(
        "SELECT name FROM tag WHERE repository = ? AND name > ? ORDER BY name LIMIT ?", *number,
        page.last, page.limit);
}

std::vector<Referrer> SqliteMetadata::list_referrers(std::string_view repository,
                                                     const Digest& subject,
                                                     std::string_view artifact_type,
                                                     const Page& page)
{
    std::vector<Referrer> referrers;
    Reader
    {
        readers_
        } -> for_each<Digest, std::string, std::uint64_t, std::string, std::string>(
            "SELECT m.digest, m.media_type, m.size, m.artifact_type, m.annotations"
            " FROM repository r JOIN manifest m ON m.repository = r.number"
            " WHERE r.name = ? AND m.subject = ? AND m.digest > ?"
            " AND (? = '' OR m.artifact_type = ?) ORDER BY m.digest LIMIT ?",
            [&](const Digest& digest, std::string media_type, std::uint64_t size, std::string type,
                std::string annotations) {
                referrers.push_back(
                    {digest, std::move(media_type), size, std::move(type), std::move(annotations)});
            },
            repository, subject, page.last, artifact_type, artifact_type, page.limit);
    return referrers;
}

std::vector<TagChange> SqliteMetadata::tag_history(std::string_view repository,
                                                   std::string_view tag, std::size_t limit)
{
    std::vector<TagChange> changes;
    Reader
    {
        readers_
        } -> for_each<std::optional<Digest>, Timestamp>(
            "SELECT c.digest, c.when_ns FROM repository r"
            " JOIN tag_change c ON c.repository = r.number WHERE r.name = ? AND c.name = ?"
            " ORDER BY c.number DESC LIMIT ?",
            [&](const std::optional<Digest>& digest, Timestamp when) {
                changes.push_back({digest, when});
            },
            repository, tag, limit);
    return changes;
}

std::pair<std::vector<std::string>, std::uint64_t> SqliteMetadata::search(std::string_view term,
                                                                          const Page& page)
{
    // Best: the name itself, then its last part, then what begins so, then what contains it. The
    // one listing that reads an index to its end: a hundred thousand names take some milliseconds.
    constexpr std::string_view kRank =
        "CASE WHEN name = ?1 THEN 0 WHEN name LIKE '%/' || ?2 ESCAPE '\\'"
        " THEN 1 WHEN name LIKE ?2 || '%' ESCAPE '\\' THEN 2"
        " WHEN name LIKE '%/' || ?2 || '%' ESCAPE '\\' THEN 3 ELSE 4 END";
    static const std::string kMatches =
        fmt::format("WITH hit AS (SELECT name, {} AS place FROM repository"
                    " WHERE name LIKE '%' || ?2 || '%' ESCAPE '\\')",
                    kRank);
    static const std::string kPage =
        kMatches + " SELECT name FROM hit WHERE ?3 = '' OR (place, name) >"
                   " ((SELECT place FROM hit WHERE name = ?3), ?3) ORDER BY place, name LIMIT ?4";
    static const std::string kCount =
        "SELECT COUNT(*) FROM repository WHERE name LIKE '%' || ? || '%' ESCAPE '\\'";

    const std::string pattern = literal_pattern(term);
    const Reader reader{readers_};
    auto names = reader->query<std::string>(kPage, term, pattern, page.last, page.limit);
    // Who sees all of them need not read the index once more.
    const bool all = page.last.empty() && names.size() < page.limit;
    const std::uint64_t count =
        all ? names.size() : reader->query_one<std::uint64_t>(kCount, pattern);
    return {std::move(names), count};
}

namespace {

constexpr std::string_view kUsage =
    "SELECT r.name, (SELECT COUNT(*) FROM manifest m WHERE m.repository = r.number),"
    " (SELECT COUNT(*) FROM tag t WHERE t.repository = r.number),"
    " (SELECT COUNT(*) FROM repository_blob l WHERE l.repository = r.number), r.bytes"
    " FROM repository r";

} // namespace

std::optional<RepositoryUsage> SqliteMetadata::usage(std::string_view repository)
{
    static const std::string kOne = fmt::format("{} WHERE r.name = ?", kUsage);
    auto row = Reader
    {
        readers_
        }
        -> query_optional<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
            kOne, repository);
    return row ? std::optional{as_usage(*std::move(row))} : std::nullopt;
}

std::vector<RepositoryUsage> SqliteMetadata::list_usage(const Page& page)
{
    static const std::string kPage =
        fmt::format("{} WHERE r.name > ? ORDER BY r.name LIMIT ?", kUsage);
    std::vector<RepositoryUsage> usages;
    for (auto& row :
         Reader { readers_ }
         -> query<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
             kPage, page.last, page.limit)) {
        usages.push_back(as_usage(std::move(row)));
    }
    return usages;
}

std::uint64_t SqliteMetadata::size_with_references(std::string_view repository,
                                                   const Digest& digest)
{
    // UNION, not UNION ALL: what is named twice counts once, and a circle ends.
    return Reader
    {
        readers_
        } -> query_one<std::uint64_t>(
            "WITH RECURSIVE part (manifest, digest, size) AS ("
            " SELECT m.number, m.digest, m.size FROM repository r"
            "  JOIN manifest m ON m.repository = r.number WHERE r.name = ? AND m.digest = ?"
            " UNION SELECT c.number, f.digest, f.size FROM part p"
            "  JOIN manifest_reference f ON f.manifest = p.manifest"
            "  LEFT JOIN manifest c ON c.repository = f.repository AND c.digest = f.digest"
            "   AND f.kind = 2)"
            " SELECT COALESCE(SUM(size), 0) FROM (SELECT digest, MAX(size) AS size FROM part"
            "  GROUP BY digest) AS once",
            repository, digest);
}

namespace {

constexpr std::string_view kKnown =
    "SELECT b.digest, b.bytes, b.deleting,"
    " EXISTS (SELECT 1 FROM repository_blob l WHERE l.blob = b.number) FROM blob b";

} // namespace

std::vector<Metadata::KnownBlob> SqliteMetadata::list_blobs(const Page& page)
{
    static const std::string kPage =
        fmt::format("{} WHERE b.digest > ? ORDER BY b.digest LIMIT ?", kKnown);
    std::vector<KnownBlob> blobs;
    for (auto& row : Reader { readers_ }
                     -> query<Digest, std::uint64_t, bool, bool>(kPage, page.last, page.limit)) {
        blobs.push_back(as_known(std::move(row)));
    }
    return blobs;
}

std::optional<Metadata::KnownBlob> SqliteMetadata::find_known_blob(const Digest& digest)
{
    static const std::string kOne = fmt::format("{} WHERE b.digest = ?", kKnown);
    auto row = Reader
    {
        readers_
        } -> query_optional<Digest, std::uint64_t, bool, bool>(kOne, digest);
    return row ? std::optional{as_known(*std::move(row))} : std::nullopt;
}

std::vector<Blob> SqliteMetadata::list_repository_blobs(std::string_view repository,
                                                        const Page& page)
{
    // By digest, so the repository's blobs are sorted each time; for exports, not for requests.
    std::vector<Blob> blobs;
    Reader
    {
        readers_
        } -> for_each<Digest, std::uint64_t>(
            "SELECT b.digest, b.bytes FROM repository r"
            " JOIN repository_blob l ON l.repository = r.number JOIN blob b ON b.number = l.blob"
            " WHERE r.name = ? AND b.deleting = 0 AND b.digest > ? ORDER BY b.digest LIMIT ?",
            [&](const Digest& digest, std::uint64_t size) {
                blobs.push_back({digest, size});
            },
            repository, page.last, page.limit);
    return blobs;
}

std::vector<ManifestEntry> SqliteMetadata::list_manifests(std::string_view repository,
                                                          const Page& page)
{
    std::vector<ManifestEntry> manifests;
    Reader
    {
        readers_
        } -> for_each<Digest, std::string, std::uint64_t, std::optional<Digest>>(
            "SELECT m.digest, m.media_type, m.size, m.subject FROM repository r"
            " JOIN manifest m ON m.repository = r.number"
            " WHERE r.name = ? AND m.digest > ? ORDER BY m.digest LIMIT ?",
            [&](const Digest& digest, std::string media_type, std::uint64_t size,
                const std::optional<Digest>& subject) {
                manifests.push_back({digest, std::move(media_type), size, subject});
            },
            repository, page.last, page.limit);
    return manifests;
}

std::vector<Metadata::Missing> SqliteMetadata::list_missing(std::string_view repository)
{
    std::vector<Missing> missing;
    Reader
    {
        readers_
        } -> for_each<Digest, Reference::Kind, Digest, std::uint64_t>(
            "SELECT m.digest, f.kind, f.digest, f.size FROM repository r"
            " JOIN manifest m ON m.repository = r.number"
            " JOIN manifest_reference f ON f.manifest = m.number"
            " WHERE r.name = ? AND f.must_exist = 1 AND CASE WHEN f.kind = 2 THEN NOT EXISTS"
            "  (SELECT 1 FROM manifest c WHERE c.repository = r.number AND c.digest = f.digest)"
            " ELSE NOT EXISTS (SELECT 1 FROM blob b"
            "  JOIN repository_blob l ON l.blob = b.number AND l.repository = r.number"
            "  WHERE b.digest = f.digest AND b.deleting = 0) END ORDER BY m.digest, f.digest",
            [&](const Digest& manifest, Reference::Kind kind, const Digest& digest,
                std::uint64_t size) {
                missing.push_back({std::string{repository},
                                   manifest,
                                   {.kind = kind, .digest = digest, .size = size}});
            },
            repository);
    return missing;
}

std::vector<std::string> SqliteMetadata::check_tables()
{
    const Reader reader{readers_};
    std::vector<std::string> problems;
    for (std::string& line : reader->query<std::string>("PRAGMA integrity_check(100)")) {
        if (line != "ok") {
            problems.push_back(std::move(line));
        }
    }
    for (const std::string& name : reader->query<std::string>(
             fmt::format("SELECT name FROM repository WHERE bytes <> {}", kHeldBytes))) {
        problems.push_back(fmt::format("the sum of what {} holds is wrong", name));
    }
    return problems;
}

} // namespace strata::registry
