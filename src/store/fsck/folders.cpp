// SPDX-License-Identifier: Apache-2.0
//
// Names on disk that nothing in the database explains. Files come and go only while the write lock
// is held, so whoever holds it sees both sides as they belong together.
#include "db/transaction.hpp"
#include "store/data_root.hpp"
#include "store/dead_leases.hpp"
#include "store/fsck/context.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>

namespace strata::store::fsck_steps {
namespace {

struct Folder {
    ObjectKind kind;
    Path path;
};

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

void check_folder(const Context& context, const Folder& folder)
{
    db::Transaction transaction{context.database(), db::Durability::normal};
    const std::vector<Object> intents = pending_intents(context.layout());
    for (const std::string& name : names_in(folder.path)) {
        if (is_explained(context.database(), intents, folder, name)) {
            continue;
        }
        const Path path = folder.path / name;
        context.found({path.native(), "nothing in the database knows it", context.repairs(), {}});
        if (context.repairs()) {
            sys::rename_file(path, context.lease->new_name()); // goes with the lease
        }
    }
    transaction.commit();
}

} // namespace

void check_folders(const Context& context)
{
    context.say("checking the folders");
    const Layout& layout = context.layout();
    const std::array folders{
        Folder{ObjectKind::layer, layout.layers()},
        Folder{ObjectKind::blob, layout.root / "blobs" / "sha256"},
        Folder{ObjectKind::blob, layout.root / "blobs" / "sha512"},
        Folder{ObjectKind::stack, layout.stacks()},
    };
    for (const Folder& folder : folders) {
        check_folder(context, folder);
    }
    if (!holds_only_ours(layout)) {
        context.found({layout.root.native(),
                       "files that are not ours lie in the data root itself",
                       false,
                       {}});
    }
}

} // namespace strata::store::fsck_steps
