// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "store/fsck/context.hpp"

#include <array>

namespace strata::store::fsck_steps {
namespace {

std::vector<std::string> integrity_problems(db::Database& database)
{
    try {
        auto problems = database.query<std::string>("PRAGMA integrity_check");
        std::erase(problems, "ok");
        return problems;
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt) {
            throw;
        }
        return {error.message()};
    }
}

/// Indexes can be made again from their tables, which is what a single bad page often turns out to
/// be.
bool rebuild_indexes(const Context& context)
{
    try {
        context.database().execute("REINDEX");
        return integrity_problems(context.database()).empty();
    } catch (const Error&) {
        return false;
    }
}

/// Rows that belong to an image without a row. What has a name of its own is reported with it.
struct Orphans {
    const char* table;
    const char* label; // an SQL expression
    const char* problem;
};

constexpr std::array kOrphans{
    Orphans{"name", "'name ' || reference", "the image that it names is not in the database"},
    Orphans{"image_hold", "'holder ' || holder", "the image that it uses is not in the database"},
    Orphans{"image_layer", "'image row ' || image",
            "it lists layers of an image that is not in the database"},
    Orphans{"image_blob", "'image row ' || image",
            "it lists blobs of an image that is not in the database"},
    Orphans{"image_label", "'image row ' || image",
            "it lists labels of an image that is not in the database"},
};

} // namespace

bool check_database(const Context& context)
{
    context.say("checking the database");
    const auto problems = integrity_problems(context.database());
    if (problems.empty()) {
        return true;
    }
    const bool mended = context.repairs() && rebuild_indexes(context);
    for (const std::string& problem : problems) {
        context.found({"database", problem, mended, {}});
    }
    return mended;
}

void check_references(const Context& context)
{
    for (const Orphans& orphans : kOrphans) {
        const std::string condition =
            fmt::format(" FROM {} WHERE image NOT IN (SELECT number FROM image)", orphans.table);
        for (const std::string& subject : context.database().query<std::string>(
                 fmt::format("SELECT DISTINCT {}{}", orphans.label, condition))) {
            Finding finding{subject, orphans.problem, context.repairs(), {}};
            if (std::string_view{orphans.table} == "name") {
                finding.images.push_back(subject.substr(5));
            }
            context.found(std::move(finding));
        }
        if (context.repairs()) {
            db::Transaction transaction{context.database()};
            context.database().execute("DELETE" + condition);
            transaction.commit();
        }
    }
}

} // namespace strata::store::fsck_steps
