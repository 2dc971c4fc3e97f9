// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace strata::sys {

/// Runs `body` on a thread that shares memory and descriptors with us, but neither working folder,
/// root nor umask (unshare(CLONE_FS)), and waits for it. What it throws is thrown here. It may
/// therefore enter another mount namespace, which a process of several threads cannot, and without
/// forking, which a process of several threads should not.
void on_thread_apart(const std::function<void()>& body);

} // namespace strata::sys
