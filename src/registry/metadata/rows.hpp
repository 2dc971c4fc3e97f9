// SPDX-License-Identifier: Apache-2.0
//
// What several parts of the metadata do to the same rows. Everything that writes runs in a
// transaction of Writer's.
#pragma once

#include "db/database.hpp"
#include "registry/metadata/metadata.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

using RowNumber = std::int64_t;

/// Stands for "none" in review.repository.
inline constexpr RowNumber kNoRepository = 0;

std::optional<RowNumber> find_repository(db::Database& database, std::string_view name);
RowNumber ensure_repository(db::Database& database, std::string_view name);

std::optional<RowNumber> find_manifest_row(db::Database& database, RowNumber repository,
                                           const Digest& digest);

/// Gives a blob to a repository, whose sum of bytes it keeps. False if it had it.
bool link_blob(db::Database& database, RowNumber repository, RowNumber blob);
bool unlink_blob(db::Database& database, RowNumber repository, RowNumber blob);
/// What `repository.bytes` is to be: of its blobs and of its manifests.
inline constexpr std::string_view kHeldBytes =
    "(SELECT COALESCE(SUM(b.bytes), 0) FROM repository_blob l JOIN blob b ON b.number = l.blob"
    " WHERE l.repository = repository.number)"
    " + (SELECT COALESCE(SUM(m.size), 0) FROM manifest m WHERE m.repository = repository.number)";
/// Throws Errc::denied if `repository` holds more than `quota` bytes (0: any number).
void check_quota(db::Database& database, RowNumber repository, std::uint64_t quota);

/// The manifest's row, and whether this call made it.
struct StoredManifest {
    RowNumber number;
    bool is_new;
};
StoredManifest store_manifest(db::Database& database, RowNumber repository,
                              const NewManifest& manifest);

/// Why something is under review; for `gc --dry-run`, and one of them decides.
namespace reason {
inline constexpr std::string_view uploaded = "uploaded";
inline constexpr std::string_view mounted = "mounted";
inline constexpr std::string_view unlinked = "removed from its repository";
inline constexpr std::string_view pushed_untagged = "pushed without a tag";
inline constexpr std::string_view tag_moved = "tag moved";
inline constexpr std::string_view tag_removed = "tag removed";
inline constexpr std::string_view manifest_removed = "manifest removed";
inline constexpr std::string_view index_removed = "index removed";
inline constexpr std::string_view subject_removed = "subject removed";
inline constexpr std::string_view repository_removed = "repository removed";
inline constexpr std::string_view taken_in = "taken in";
inline constexpr std::string_view looked_through = "everything looked through";
} // namespace reason

/// Or postpones it, if it is queued already.
void queue_review(db::Database& database, Review::Kind kind, RowNumber repository,
                  const Digest& digest, std::string_view reason, Timestamp due);

/// Removes a tag, and queues what it named.
void erase_tag(db::Database& database, RowNumber repository, std::string_view tag,
               const Digest& named, Timestamp due);

/// What a manifest keeps alive: it is to be reviewed when the manifest goes.
struct Dependent {
    Review::Kind kind;
    Digest digest;
    std::string_view reason;
};
std::vector<Dependent> dependents(db::Database& database, RowNumber repository, RowNumber number,
                                  const Digest& digest);

/// Removes a manifest with its tags, which it returns, and queues what it kept alive.
std::vector<TagName> erase_manifest(db::Database& database, RowNumber repository, RowNumber number,
                                    const Digest& digest, Timestamp due);

void note_tag_change(db::Database& database, RowNumber repository, std::string_view tag,
                     const std::optional<Digest>& digest, Timestamp when);

} // namespace strata::registry

template <>
struct strata::db::Column<strata::registry::Reference::Kind> {
    static std::int64_t store(strata::registry::Reference::Kind kind)
    {
        return static_cast<std::int64_t>(kind);
    }
    static strata::registry::Reference::Kind load(const Value& value)
    {
        return strata::registry::Reference::Kind{Column<std::uint8_t>::load(value)};
    }
};

template <>
struct strata::db::Column<strata::registry::Review::Kind> {
    static std::int64_t store(strata::registry::Review::Kind kind)
    {
        return static_cast<std::int64_t>(kind);
    }
    static strata::registry::Review::Kind load(const Value& value)
    {
        return strata::registry::Review::Kind{Column<std::uint8_t>::load(value)};
    }
};

/// Bytes that are shared as they come out of the row.
template <>
struct strata::db::Column<std::shared_ptr<const std::string>> {
    static Blob store(const std::shared_ptr<const std::string>& bytes)
    {
        return std::as_bytes(std::span{*bytes});
    }
    static std::shared_ptr<const std::string> load(const Value& value)
    {
        const Blob bytes = blob_in(value);
        return std::make_shared<const std::string>(reinterpret_cast<const char*>(bytes.data()),
                                                   bytes.size());
    }
};
