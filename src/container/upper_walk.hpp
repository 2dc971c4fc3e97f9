// SPDX-License-Identifier: Apache-2.0
//
// What a container wrote, compared with what its image has: the walk that `diff` and `commit`
// share.
#pragma once

#include "sys/fd.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace strata::erofs {
class Reader;
}

namespace strata::container {

/// What the written tree holds.
enum class UpperForm : std::uint8_t {
    overlay, // the upper folder of an overlay mount: what was written, whiteouts, opaque marks
    whole,   // the whole root (driver vfs): a name that is not there was deleted
};

enum class Presence : std::uint8_t {
    added,    // the image has nothing there
    replaced, // the image has something of another type there
    present,  // the image has one of this type there, see `differs`
    deleted,
};

struct UpperEntry {
    std::string path; // "etc/passwd"
    Presence presence = Presence::present;
    bool differs = false;    // from the image's, in what Docker's `diff` looks at
    bool opaque = false;     // a folder that hides all that the image has in it, by an opaque mark
    struct ::stat status {}; // not of deleted ones

    bool is_folder() const noexcept { return S_ISDIR(status.st_mode); }
};

struct UpperVisitor {
    /// Parents before children, siblings in the order of their bytes.
    std::function<void(const UpperEntry&)> entry;
    /// After the last child of a folder.
    std::function<void(const UpperEntry& folder)> left = {};
};

/// Walks `upper` without following any symlink. `base` is the image's stack; none for an image
/// without layers. Files of container/init_files.hpp that are as they were made are passed over.
/// Costs as much as was written (UpperForm::whole: as much as is there).
void walk_upper(const sys::Fd& upper, const erofs::Reader* base, UpperForm form,
                const UpperVisitor& visitor);

} // namespace strata::container
