// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "store/data_root.hpp"
#include "store/mount_namespace.hpp"
#include "store/store.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/lock.hpp"
#include "sys/namespace.hpp"

#include <fcntl.h>

#include <filesystem>

namespace strata::store {
namespace {

void remove_contents(const Path& path, const Path& except = {})
{
    if (const auto folder = sys::find_file(path, O_RDONLY | O_DIRECTORY)) {
        for (const std::string& name : sys::sorted_names(*folder)) {
            if (name != "lost+found" && name != except) {
                sys::remove_tree(path / name);
            }
        }
    }
}

void remove_if_empty(const Path& path)
{
    std::error_code in_use; // a mount point, or a folder with something of others in it
    std::filesystem::remove(path, in_use);
}

/// A slip in --root or --run-root must not empty somebody's folder.
void refuse_strangers(const Layout& layout)
{
    const auto refuse = [](const Path& path, std::string_view what) {
        throw Error{Errc::conflict,
                    fmt::format("'{}' is not a {} root of Strata: other things are in it",
                                path.native(), what),
                    "Nothing was removed."};
    };
    if (sys::find_status(layout.root) && !holds_only_ours(layout)) {
        refuse(layout.root, "data");
    }
    if (sys::find_status(layout.run_root) && !run_root_holds_only_ours(layout)) {
        refuse(layout.run_root, "run");
    }
}

} // namespace

void reset(const Layout& layout)
{
    check_roots_are_apart(layout);
    refuse_strangers(layout);
    drop_mount_namespace(layout);
    remove_contents(layout.run_root);
    remove_if_empty(layout.run_root);
    // The database goes before what its rows name, its log before it (a log must not meet a newer
    // database), and the file that makes this a data root last: whatever a crash leaves opens as
    // "the database is missing", or is reset again.
    for (const char* suffix : {"-wal", "-shm", ""}) {
        sys::remove_file(layout.database() += suffix);
    }
    remove_contents(layout.root, layout.driver().filename());
    sys::remove_file(layout.driver());
    remove_if_empty(layout.root);
}

} // namespace strata::store
