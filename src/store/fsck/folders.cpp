// SPDX-License-Identifier: Apache-2.0
//
// Names on disk that nothing in the database explains. Files come and go only while the write lock
// is held, so whoever holds it sees both sides as they belong together.
#include "store/data_root.hpp"
#include "store/fsck/context.hpp"
#include "store/fsck/unexplained.hpp"
#include "sys/file.hpp"

#include <array>

namespace strata::store::fsck_steps {
namespace {

void check_folder(const Context& context, const Folder& folder)
{
    Standstill standstill{context};
    for (const std::string& name : unexplained_names(standstill, context, folder)) {
        const Path path = folder.path / name;
        context.found({path.native(), "nothing in the database knows it", context.repairs(), {}});
        if (context.repairs()) {
            sys::rename_file(path, context.lease->new_name()); // goes with the lease
        }
    }
    standstill.commit();
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
