// SPDX-License-Identifier: Apache-2.0
#include "store/fsck/unexplained.hpp"

#include "store/dead_leases.hpp"
#include "sys/file.hpp"
#include "sys/file_system.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>

#include <algorithm>

namespace strata::store::fsck_steps {
namespace {

std::vector<std::string> names_in(const Path& path)
{
    const auto folder = sys::find_file(path, O_RDONLY | O_DIRECTORY);
    return folder ? sys::sorted_names(*folder) : std::vector<std::string>{};
}

/// What processes that died were about to publish; collect() sees to it.
std::vector<Object> pending_intents(const Layout& layout)
{
    std::vector<Object> all;
    for (const DeadLease& lease : find_dead_leases(layout)) {
        all.insert(all.end(), lease.intents.begin(), lease.intents.end());
    }
    return all;
}

bool is_explained(db::Database& database, const std::vector<Object>& intents, const Folder& folder,
                  const std::string& name)
{
    const auto digest = digest_of_name(name);
    if (!digest ||
        place_of({.root = {}, .run_root = {}}, {folder.kind, *digest}).filename() != name) {
        return false;
    }
    const Object object{folder.kind, *digest};
    return has_row(database, object) || std::ranges::find(intents, object) != intents.end() ||
           database
               .query_optional<std::int64_t>("SELECT 1 FROM garbage WHERE kind = ? AND digest = ?",
                                             name_of(folder.kind), *digest)
               .has_value();
}

} // namespace

Standstill::Standstill(const Context& context)
{
    if (context.repairs() || !sys::is_read_only(context.layout().root)) {
        transaction_.emplace(context.database(), db::Durability::normal);
    }
}

void Standstill::commit()
{
    if (transaction_) {
        transaction_->commit();
    }
}

std::vector<std::string> unexplained_names(const Standstill& /*proof*/, const Context& context,
                                           const Folder& folder)
{
    const std::vector<Object> intents = pending_intents(context.layout());
    std::vector<std::string> names = names_in(folder.path);
    std::erase_if(names, [&](const std::string& name) {
        return is_explained(context.database(), intents, folder, name);
    });
    return names;
}

} // namespace strata::store::fsck_steps
