// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/fd.hpp"

namespace strata::container {

/// Copies all that is in the folder `from` into the empty folder `to`, and `from`'s own owner, mode
/// and times: as `cp -a` does, with hard links, devices, xattrs and holes. No symlink is followed;
/// sockets are left out.
void copy_tree(const sys::Fd& from, const sys::Fd& to);

} // namespace strata::container
