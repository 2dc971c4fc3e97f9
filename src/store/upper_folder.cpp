// SPDX-License-Identifier: Apache-2.0
#include "store/upper_folder.hpp"

#include "store/apply.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

namespace strata::store {

void ensure_upper(const Path& upper, const RootAttributes& root)
{
    if (sys::find_status(upper)) {
        return;
    }
    sys::ensure_folders(upper.parent_path(), 0710);
    const sys::Fd container = sys::open_file(upper.parent_path(), O_PATH | O_DIRECTORY);
    const std::string name = upper.filename().native();
    const std::string made = name + ".new";
    const sys::Node node{container, made};
    sys::remove(node);
    sys::create_folder(node, 0700);
    const bool archived = ownership_of_this_process() == Ownership::archived;
    if (archived) {
        sys::set_owner(node, root.uid, root.gid);
    }
    for (const io::Xattr& xattr : root.xattrs) {
        if (archived || xattr.name.starts_with("user.")) {
            sys::set_xattr(node, xattr.name, xattr.value);
        }
    }
    sys::set_mode(node, root.mode);
    sys::set_mtime(node, root.mtime.seconds, root.mtime.nanoseconds);
    sys::rename(node, sys::Node{container, name});
}

} // namespace strata::store
