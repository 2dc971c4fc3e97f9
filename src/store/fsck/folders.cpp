// SPDX-License-Identifier: Apache-2.0
//
// Names on disk that nothing in the database explains. Files come and go only while the write lock
// is held, so whoever holds it sees both sides as they belong together.
#include "db/transaction.hpp"
#include "store/data_root.hpp"
#include "store/fsck/context.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>

#include <array>

namespace strata::store::fsck_steps {
namespace {

struct Folder {
    ObjectKind kind;
    Path path;
    const char* query; // a row of that name, damaged or not, or one that garbage explains
};

std::vector<std::string> names_in(const Path& path)
{
    const auto folder = sys::find_file(path, O_RDONLY | O_DIRECTORY);
    return folder ? sys::sorted_names(*folder) : std::vector<std::string>{};
}

bool is_explained(db::Database& database, const Folder& folder, const std::string& name)
{
    const auto digest = digest_of_name(name);
    if (!digest ||
        place_of({.root = {}, .run_root = {}}, {folder.kind, *digest}).filename() != name) {
        return false;
    }
    return database.query_optional<std::int64_t>(folder.query, *digest).has_value() ||
           database
               .query_optional<std::int64_t>("SELECT 1 FROM garbage WHERE kind = ? AND digest = ?",
                                             name_of(folder.kind), *digest)
               .has_value();
}

void check_folder(const Context& context, const Folder& folder)
{
    db::Transaction transaction{context.database(), db::Durability::normal};
    for (const std::string& name : names_in(folder.path)) {
        if (is_explained(context.database(), folder, name)) {
            continue;
        }
        const Path path = folder.path / name;
        context.found({path.native(), "nothing in the database knows it", context.repairs(), {}});
        if (context.repairs()) {
            sys::rename_file(path, context.lease.new_name()); // goes with the lease
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
        Folder{ObjectKind::layer, layout.layers(), "SELECT 1 FROM layer WHERE diff_id = ?"},
        Folder{ObjectKind::blob, layout.root / "blobs" / "sha256",
               "SELECT 1 FROM blob WHERE digest = ?"},
        Folder{ObjectKind::blob, layout.root / "blobs" / "sha512",
               "SELECT 1 FROM blob WHERE digest = ?"},
        Folder{ObjectKind::stack, layout.stacks(), "SELECT 1 FROM stack WHERE chain = ?"},
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
