// SPDX-License-Identifier: Apache-2.0
#include "store/schema.hpp"

#include "db/migrations.hpp"

#include <array>
#include <string_view>

namespace strata::store {
namespace {

// References go through small integer keys: an image of 1,000 layers costs 1,000 rows of a few
// bytes.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE layer (
    number        INTEGER PRIMARY KEY,
    diff_id       TEXT NOT NULL UNIQUE,
    tar_bytes     INTEGER NOT NULL,
    content_bytes INTEGER NOT NULL,
    inodes        INTEGER NOT NULL,
    disk_bytes    INTEGER NOT NULL,
    damaged       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE blob (
    number  INTEGER PRIMARY KEY,
    digest  TEXT NOT NULL UNIQUE,
    bytes   INTEGER NOT NULL,
    damaged INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE image (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    parent     TEXT,
    created_ns INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    chain      TEXT NOT NULL,
    manifest   TEXT,
    forgotten  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX image_by_parent ON image (parent);
CREATE INDEX image_by_chain ON image (chain);
CREATE INDEX image_by_manifest ON image (manifest);

CREATE TABLE image_layer (
    image    INTEGER NOT NULL REFERENCES image (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    layer    INTEGER NOT NULL REFERENCES layer (number),
    PRIMARY KEY (image, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_layer_by_layer ON image_layer (layer);

CREATE TABLE image_blob (
    image INTEGER NOT NULL REFERENCES image (number) ON DELETE CASCADE,
    blob  INTEGER NOT NULL REFERENCES blob (number),
    PRIMARY KEY (image, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_blob_by_blob ON image_blob (blob);

CREATE TABLE image_label (
    image    INTEGER NOT NULL REFERENCES image (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (image, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
    reference TEXT NOT NULL PRIMARY KEY,
    image     INTEGER NOT NULL REFERENCES image (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX name_by_image ON name (image);

CREATE TABLE image_hold (
    holder TEXT NOT NULL PRIMARY KEY,
    image  INTEGER NOT NULL REFERENCES image (number)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_hold_by_image ON image_hold (image);

CREATE TABLE lease_object (
    lease  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (lease, kind, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_object_by_object ON lease_object (kind, digest);

CREATE TABLE stack (
    chain    TEXT NOT NULL PRIMARY KEY,
    bytes    INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE garbage (
    kind   TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (kind, digest)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kSteps{kFirst};

} // namespace

void migrate_schema(db::Database& database)
{
    db::migrate(database, "store", kSteps);
}

} // namespace strata::store
