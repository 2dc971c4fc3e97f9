// SPDX-License-Identifier: Apache-2.0
#include "store/collect.hpp"

#include "db/transaction.hpp"
#include "store/dead_leases.hpp"
#include "store/disk_space.hpp"
#include "store/object.hpp"
#include "store/records.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace strata::store {
namespace {

/// Step 1. What dead processes protected or were about to publish becomes suspect.
void bury(db::Database& database, const Layout& layout, const std::vector<DeadLease>& dead)
{
    std::vector<std::string> ids;
    for (const std::string& id :
         database.query<std::string>("SELECT DISTINCT lease FROM lease_object")) {
        const Path folder = layout.tmp() / id;
        const bool ours = std::ranges::any_of(
            dead, [&](const DeadLease& lease) { return lease.folder == folder; });
        if (ours || !is_alive(layout, id)) {
            ids.push_back(id);
        }
    }
    const bool intents =
        std::ranges::any_of(dead, [](const DeadLease& lease) { return !lease.intents.empty(); });
    if (ids.empty() && !intents) {
        return;
    }
    // Protections of the dead are found again if a power cut undoes this. Intents go with their
    // folder.
    db::Transaction transaction{database, intents ? db::Durability::full : db::Durability::normal};
    for (const std::string& id : ids) {
        database.execute("INSERT OR IGNORE INTO garbage (kind, digest) SELECT kind, digest FROM "
                         "lease_object WHERE lease = ?",
                         id);
        database.execute("DELETE FROM lease_object WHERE lease = ?", id);
    }
    for (const DeadLease& lease : dead) {
        for (const Object& object : lease.intents) {
            suspect(transaction, object);
        }
    }
    transaction.commit();
}

bool has_garbage(db::Database& database)
{
    return database.query_optional<std::int64_t>("SELECT 1 FROM garbage").has_value();
}

/// Step 2. Rows of what nothing needs go; from then on nobody can see it.
void delete_rows(db::Database& database, const StepHook& step)
{
    db::Transaction transaction{database, db::Durability::full};
    database.execute("DELETE FROM garbage WHERE kind = 'layer' AND EXISTS (SELECT 1 FROM layer"
                     " JOIN image_layer ON image_layer.layer = layer.number WHERE layer.diff_id = "
                     "garbage.digest)");
    database.execute(
        "DELETE FROM garbage WHERE kind = 'blob' AND EXISTS (SELECT 1 FROM blob"
        " JOIN image_blob ON image_blob.blob = blob.number WHERE blob.digest = garbage.digest)");
    database.execute(
        "DELETE FROM garbage WHERE kind = 'stack' AND EXISTS (SELECT 1 FROM stack"
        " JOIN image ON image.chain = stack.chain WHERE stack.chain = garbage.digest)");
    // Leases that have died since step 1 count as living, and their objects are suspected next
    // time.
    database.execute(
        "DELETE FROM garbage WHERE kind = 'layer' AND EXISTS (SELECT 1 FROM lease_object AS l"
        " JOIN layer ON layer.diff_id = l.digest WHERE l.kind = 'layer' AND l.digest = "
        "garbage.digest)");
    database.execute(
        "DELETE FROM garbage WHERE kind = 'blob' AND EXISTS (SELECT 1 FROM lease_object AS l"
        " JOIN blob ON blob.digest = l.digest WHERE l.kind = 'blob' AND l.digest = "
        "garbage.digest)");

    database.execute(
        "DELETE FROM layer WHERE diff_id IN (SELECT digest FROM garbage WHERE kind = 'layer')");
    database.execute(
        "DELETE FROM blob WHERE digest IN (SELECT digest FROM garbage WHERE kind = 'blob')");
    database.execute(
        "DELETE FROM stack WHERE chain IN (SELECT digest FROM garbage WHERE kind = 'stack')");
    step("commit rows");
    transaction.commit();
}

void count(Collected& collected, ObjectKind kind)
{
    switch (kind) {
    case ObjectKind::layer:
        ++collected.layers;
        break;
    case ObjectKind::blob:
        ++collected.blobs;
        break;
    case ObjectKind::stack:
        ++collected.stacks;
        break;
    }
}

/// Step 3. Files without a row leave their places.
std::vector<Path> move_files(db::Database& database, const Layout& layout, const Lease& lease,
                             Collected& collected)
{
    std::vector<Path> moved;
    db::Transaction transaction{database, db::Durability::normal};
    const auto rows = database.query<std::string, oci::Digest>(
        "SELECT kind, digest FROM garbage AS g"
        " WHERE NOT EXISTS (SELECT 1 FROM layer WHERE g.kind = 'layer' AND diff_id = g.digest)"
        " AND NOT EXISTS (SELECT 1 FROM blob WHERE g.kind = 'blob' AND blob.digest = g.digest)"
        " AND NOT EXISTS (SELECT 1 FROM stack WHERE g.kind = 'stack' AND chain = g.digest)");
    for (const auto& [kind, digest] : rows) {
        if (const auto object = Object::try_parse(kind + "-" + digest.str())) {
            const Path place = place_of(layout, *object);
            if (sys::find_status(place)) {
                lease.step("rename garbage");
                moved.push_back(lease.new_name());
                sys::rename_file(place, moved.back());
                count(collected, object->kind);
            }
        }
        database.execute("DELETE FROM garbage WHERE kind = ? AND digest = ?", kind, digest);
    }
    lease.step("commit garbage");
    transaction.commit();
    return moved;
}

std::uint64_t unlink_all(const Path& path)
{
    const std::uint64_t bytes = disk_bytes_of(path);
    sys::remove_tree(path);
    return bytes;
}

} // namespace

Collected collect(const Layout& layout, db::Database& database,
                  const std::shared_ptr<const StepHook>& hook)
{
    const StepHook step = hook && *hook ? *hook : StepHook{[](std::string_view) {}};
    Collected collected;
    const std::vector<DeadLease> dead = find_dead_leases(layout);
    step("bury");
    bury(database, layout, dead);
    if (has_garbage(database)) {
        delete_rows(database, step);
        const Lease lease = Lease::create(layout, hook);
        for (const Path& path : move_files(database, layout, lease, collected)) {
            step("unlink");
            collected.bytes += unlink_all(path);
        }
    }
    for (const DeadLease& lease : dead) {
        step("unlink lease");
        collected.bytes += unlink_all(lease.folder);
        ++collected.leases;
    }
    return collected;
}

} // namespace strata::store
