// SPDX-License-Identifier: Apache-2.0
#include "store/fsck.hpp"

#include "db/transaction.hpp"
#include "store/fsck/context.hpp"

#include <atomic>
#include <thread>

namespace strata::store {
namespace fsck_steps {
namespace {

template <typename Argument>
std::vector<std::string> names_of(db::Database& database, const std::string& images,
                                  const Argument& argument)
{
    return database.query<std::string>(
        "SELECT reference FROM name WHERE image IN (" + images +
            ") UNION SELECT id FROM image WHERE number IN (" + images +
            ") AND number NOT IN (SELECT image FROM name) ORDER BY 1",
        argument, argument);
}

/// Whatever has a row now stays until we are done, however many others remove images meanwhile.
void hold_everything(db::Database& database, const Lease& lease)
{
    db::Transaction transaction{database, db::Durability::normal};
    database.execute(
        "INSERT INTO lease_object (lease, kind, digest) SELECT ?, 'layer', diff_id FROM layer",
        lease.id());
    database.execute(
        "INSERT INTO lease_object (lease, kind, digest) SELECT ?, 'blob', digest FROM blob",
        lease.id());
    transaction.commit();
}

} // namespace

bool has_row(db::Database& database, const Object& object)
{
    const char* query = object.kind == ObjectKind::layer  ? "SELECT 1 FROM layer WHERE diff_id = ?"
                        : object.kind == ObjectKind::blob ? "SELECT 1 FROM blob WHERE digest = ?"
                                                          : "SELECT 1 FROM stack WHERE chain = ?";
    return database.query_optional<std::int64_t>(query, object.digest).has_value();
}

std::vector<std::string> images_with_layer(db::Database& database, const oci::Digest& diff_id)
{
    return names_of(database,
                    "SELECT image FROM image_layer JOIN layer ON layer.number = image_layer.layer "
                    "WHERE diff_id = ?",
                    diff_id);
}

std::vector<std::string> images_with_config(db::Database& database, const oci::Digest& config)
{
    return names_of(database, "SELECT number FROM image WHERE id = ?", config);
}

std::vector<std::string> names_of_image(db::Database& database, std::int64_t number)
{
    return names_of(database, "SELECT ?", number);
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& check)
{
    std::atomic<std::size_t> next{0};
    Guarded<std::exception_ptr> failure;
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                check(i);
            } catch (...) {
                failure.with([](std::exception_ptr& first) {
                    first = first ? first : std::current_exception();
                });
                next = count;
            }
        }
    };
    {
        const std::jthread other{work};
        work();
    }
    failure.with([](const std::exception_ptr& first) {
        if (first) {
            std::rethrow_exception(first);
        }
    });
}

} // namespace fsck_steps

FsckReport fsck(Store& store, Repair repair,
                const std::function<void(const std::string& doing)>& progress)
{
    using namespace fsck_steps;
    FsckReport report;
    {
        std::optional<Lease> lease; // without one, not a block is needed: the disk may be full
        if (repair == Repair::yes) {
            lease.emplace(store.lease());
        }
        const Context context{store, repair, progress, lease ? &*lease : nullptr, report};
        if (!check_database(context)) {
            return report; // nothing else that it says could be believed
        }
        if (context.repairs()) {
            hold_everything(store.database(), *lease);
        }
        check_references(context);
        check_images(context);
        find_lost_images(context);
        if (context.repairs()) {
            // What accidents left is to be collected; that is no damage. Only now, because a
            // damaged row may have been all that was missing between a layer and collection.
            store.collect();
        }
        check_blobs(context);
        check_layers(context);
        check_stacks(context);
        check_folders(context);
    }
    if (repair == Repair::yes) {
        store.collect();
    }
    return report;
}

} // namespace strata::store
