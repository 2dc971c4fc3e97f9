// SPDX-License-Identifier: Apache-2.0
#include "store/stacks.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "store/fsck/context.hpp"
#include "store/layer_files.hpp"
#include "store/records.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::store::fsck_steps {
namespace {

struct Row {
    oci::ChainId chain;
    StackSum sum;
    std::int64_t image = 0; // one that has this chain
};

std::vector<Row> list_rows(db::Database& database)
{
    std::vector<Row> rows;
    database.for_each<oci::ChainId, std::uint64_t, std::int64_t, std::int64_t>(
        "SELECT stack.chain, bytes, checksum, min(image.number) FROM stack JOIN image ON "
        "image.chain = stack.chain"
        " GROUP BY stack.chain ORDER BY stack.chain",
        [&](const oci::ChainId& chain, std::uint64_t bytes, std::int64_t checksum,
            std::int64_t image) {
            rows.push_back({chain, {bytes, static_cast<std::uint64_t>(checksum)}, image});
        });
    return rows;
}

/// Empty when the file is what its layers give; the layers' own indexes have been checked before.
std::string check(const Context& context, const Row& row, const std::vector<oci::DiffId>& layers)
{
    const auto file = sys::find_file(context.layout().stack(row.chain) / kIndex, O_RDONLY);
    if (!file) {
        return "its file is missing";
    }
    const StackSum found = sum_of(*file);
    if (found != row.sum) {
        return fmt::format(
            "its file is not what was written: {} bytes of {}, checksum {:016x} for {:016x}",
            found.bytes, row.sum.bytes, found.checksum, row.sum.checksum);
    }
    const sys::Fd expected = sys::create_memory_file();
    context.store.stacks().write(layers, expected);
    return sum_of(expected) == found ? "" : "its file is not what its layers give";
}

void forget(const Context& context, const Row& row)
{
    db::Transaction transaction{context.database()};
    context.database().execute("DELETE FROM stack WHERE chain = ?", row.chain);
    suspect(transaction, object_of(row.chain));
    transaction.commit();
}

bool any_damaged(db::Database& database, std::int64_t image)
{
    return database
        .query_optional<std::int64_t>(
            "SELECT 1 FROM layer JOIN image_layer ON image_layer.layer = layer.number"
            " WHERE image = ? AND damaged = 1",
            image)
        .has_value();
}

} // namespace

void check_stacks(const Context& context)
{
    const std::vector<Row> rows = list_rows(context.database());
    context.say(fmt::format("checking {} stacks", rows.size()));
    for (const Row& row : rows) {
        ++context.report.stacks;
        const auto layers =
            context.database().query<oci::DiffId>("SELECT diff_id FROM layer JOIN image_layer ON "
                                                  "image_layer.layer = layer.number WHERE image = ?"
                                                  " ORDER BY position",
                                                  row.image);
        Finding finding{"stack " + row.chain.str(), {}, false, {}};
        try {
            finding.problem = check(context, row, layers);
        } catch (const Error& error) {
            if (error.code() != Errc::corrupt && error.code() != Errc::not_found) {
                throw;
            }
            finding.problem = fmt::format("its layers cannot be read: {}", error.what());
        }
        if (finding.problem.empty() || !has_row(context.database(), object_of(row.chain))) {
            continue;
        }
        if (context.repairs()) {
            forget(context, row);
            if (!any_damaged(context.database(), row.image)) {
                context.store.stacks().open(layers);
            }
            finding.repaired = true; // it is a cache: without its layers it is rightly gone
        }
        context.found(std::move(finding));
    }
}

} // namespace strata::store::fsck_steps
