// SPDX-License-Identifier: Apache-2.0
//
// The tables. Columns, keys, indexes and conflict clauses are what PostgreSQL has as well, so that
// a second implementation differs in its types' names and in how it locks, not in its queries.
// STRICT and WITHOUT ROWID are SQLite's own, and only say how it keeps rows.
//
// Digests are text, so that their order is that of the listings and somebody with a shell can read
// them. Whatever stands in a chain of millions (links, tags) refers by number.
#include "registry/metadata/schema.hpp"

#include <array>

namespace strata::registry {
namespace {

constexpr std::string_view kFirst = R"(
CREATE TABLE repository (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL DEFAULT 0, -- of what it holds, kept along with that
    created_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE blob (
    number INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    deleting INTEGER NOT NULL DEFAULT 0, -- 1: nobody is told of it, its file is about to go
    added_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX blob_deleting ON blob (digest) WHERE deleting = 1;

CREATE TABLE repository_blob (
    repository INTEGER NOT NULL REFERENCES repository (number) ON DELETE CASCADE,
    blob INTEGER NOT NULL REFERENCES blob (number),
    added_ns INTEGER NOT NULL,
    PRIMARY KEY (repository, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX repository_blob_by_blob ON repository_blob (blob, repository);

CREATE TABLE manifest (
    number INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository (number) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    subject TEXT,
    artifact_type TEXT NOT NULL,
    annotations TEXT NOT NULL,
    added_ns INTEGER NOT NULL,
    bytes BLOB NOT NULL, -- last: what does not need it does not read its pages
    UNIQUE (repository, digest)
) STRICT;
CREATE INDEX manifest_by_digest ON manifest (digest);
CREATE INDEX manifest_by_subject ON manifest (repository, subject, digest)
    WHERE subject IS NOT NULL;

CREATE TABLE manifest_reference (
    manifest INTEGER NOT NULL REFERENCES manifest (number) ON DELETE CASCADE,
    kind INTEGER NOT NULL, -- 0 config, 1 layer, 2 manifest
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    must_exist INTEGER NOT NULL,
    repository INTEGER NOT NULL, -- the manifest's: a base layer is named by thousands elsewhere
    PRIMARY KEY (manifest, kind, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX manifest_reference_by_digest ON manifest_reference (digest, repository, kind, manifest);

CREATE TABLE tag (
    repository INTEGER NOT NULL REFERENCES repository (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    manifest INTEGER NOT NULL REFERENCES manifest (number) ON DELETE CASCADE,
    since_ns INTEGER NOT NULL,
    PRIMARY KEY (repository, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_by_manifest ON tag (manifest, name);

CREATE TABLE tag_change (
    number INTEGER PRIMARY KEY,
    repository INTEGER NOT NULL REFERENCES repository (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT, -- null: removed
    when_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX tag_change_by_name ON tag_change (repository, name, number);

CREATE TABLE review (
    kind INTEGER NOT NULL, -- 0 manifest, 1 blob
    repository INTEGER NOT NULL, -- 0: a blob that no repository holds
    digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    due_ns INTEGER NOT NULL,
    PRIMARY KEY (kind, repository, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_due ON review (due_ns);

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL, -- a name: it need not exist before the upload has ended
    started_ns INTEGER NOT NULL,
    touched_ns INTEGER NOT NULL,
    digest TEXT -- what it is being published as
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_touched ON upload (touched_ns);
CREATE INDEX upload_publishing ON upload (id) WHERE digest IS NOT NULL;

CREATE TABLE endpoint (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- a delivery keeps it: never given twice
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_by_endpoint ON outbox (endpoint, number);

CREATE TABLE delivery (
    number INTEGER PRIMARY KEY, -- the outbox's
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    when_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_by_endpoint ON delivery (endpoint, when_ns);

CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)";

/// Manifests count as well.
constexpr std::string_view kSecond = R"(
UPDATE repository SET bytes = bytes
    + (SELECT COALESCE(SUM(m.size), 0) FROM manifest m WHERE m.repository = repository.number);
)";

/// The history of a tag ends at some time.
constexpr std::string_view kThird = R"(
CREATE INDEX tag_change_removed ON tag_change (when_ns) WHERE digest IS NULL;
)";

constexpr std::array kSteps{kFirst, kSecond, kThird};

} // namespace

std::span<const std::string_view> schema_steps()
{
    return kSteps;
}

} // namespace strata::registry
