// SPDX-License-Identifier: Apache-2.0
//
// What the machine and the calling process are.
#pragma once

#include "sys/file.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace strata::sys {

struct Kernel {
    std::string system;  // "Linux"
    std::string release; // "6.1.0-18-amd64"
    std::string version; // "#1 SMP …"
    std::string machine; // "x86_64"
    std::string node;    // the host's name
};
Kernel kernel();

unsigned cpu_count();         // that are online
std::uint64_t memory_bytes(); // all of the machine's

/// Another at every boot: what was recorded under another one, such as a pid or a mount, is gone.
std::string boot_id();

/// When a process began, in clock ticks since boot. A pid together with this is unique until the
/// next boot. Nothing if there is no such process.
std::optional<std::uint64_t> start_time_of(int pid);

/// Numbers as in capabilities(7).
enum class Capability : unsigned {
    chown = 0,
    dac_override = 1,
    setgid = 6,
    setuid = 7,
    net_admin = 12,
    sys_admin = 21,
    sys_resource = 24,
    mknod = 27,
};
/// Whether the calling thread has it effectively, in its own user namespace.
bool has_capability(Capability capability);

/// Whether the calling process lives in a user namespace other than the machine's first.
bool in_user_namespace();

/// The running program, for starting it again; survives the file being replaced.
Path own_executable();

} // namespace strata::sys
