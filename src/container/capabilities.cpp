// SPDX-License-Identifier: Apache-2.0
#include "container/capabilities.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace strata::container {
namespace {

// Index = number in <linux/capability.h>.
constexpr std::array<std::string_view, 41> kNames = {"CAP_CHOWN",
                                                     "CAP_DAC_OVERRIDE",
                                                     "CAP_DAC_READ_SEARCH",
                                                     "CAP_FOWNER",
                                                     "CAP_FSETID",
                                                     "CAP_KILL",
                                                     "CAP_SETGID",
                                                     "CAP_SETUID",
                                                     "CAP_SETPCAP",
                                                     "CAP_LINUX_IMMUTABLE",
                                                     "CAP_NET_BIND_SERVICE",
                                                     "CAP_NET_BROADCAST",
                                                     "CAP_NET_ADMIN",
                                                     "CAP_NET_RAW",
                                                     "CAP_IPC_LOCK",
                                                     "CAP_IPC_OWNER",
                                                     "CAP_SYS_MODULE",
                                                     "CAP_SYS_RAWIO",
                                                     "CAP_SYS_CHROOT",
                                                     "CAP_SYS_PTRACE",
                                                     "CAP_SYS_PACCT",
                                                     "CAP_SYS_ADMIN",
                                                     "CAP_SYS_BOOT",
                                                     "CAP_SYS_NICE",
                                                     "CAP_SYS_RESOURCE",
                                                     "CAP_SYS_TIME",
                                                     "CAP_SYS_TTY_CONFIG",
                                                     "CAP_MKNOD",
                                                     "CAP_LEASE",
                                                     "CAP_AUDIT_WRITE",
                                                     "CAP_AUDIT_CONTROL",
                                                     "CAP_SETFCAP",
                                                     "CAP_MAC_OVERRIDE",
                                                     "CAP_MAC_ADMIN",
                                                     "CAP_SYSLOG",
                                                     "CAP_WAKE_ALARM",
                                                     "CAP_BLOCK_SUSPEND",
                                                     "CAP_AUDIT_READ",
                                                     "CAP_PERFMON",
                                                     "CAP_BPF",
                                                     "CAP_CHECKPOINT_RESTORE"};

// What Docker gives every container.
constexpr std::array<std::string_view, 14> kDefault = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE"};

constexpr std::uint64_t bit(std::size_t capability)
{
    return std::uint64_t{1} << capability;
}

std::uint64_t mask_of(std::string_view name)
{
    const auto found = std::ranges::find(kNames, name);
    return found == kNames.end() ? 0 : bit(static_cast<std::size_t>(found - kNames.begin()));
}

struct Wanted {
    std::uint64_t mask = 0;
    bool all = false;
};

Wanted wanted(const std::vector<std::string>& names, std::string_view option)
{
    Wanted result;
    for (const std::string& name : names) {
        const std::string normal = normalize_capability(name, option);
        result.all |= normal == "ALL";
        result.mask |= mask_of(normal);
    }
    return result;
}

std::uint64_t default_mask()
{
    std::uint64_t mask = 0;
    for (const std::string_view name : kDefault) {
        mask |= mask_of(name);
    }
    return mask;
}

} // namespace

std::string normalize_capability(std::string_view name, std::string_view option)
{
    std::string upper{name};
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    if (upper == "ALL") {
        return upper;
    }
    if (!upper.starts_with("CAP_")) {
        upper.insert(0, "CAP_");
    }
    if (mask_of(upper) == 0) {
        throw Error{Errc::invalid_argument,
                    fmt::format("invalid {}: unknown capability: \"{}\"", option, upper)};
    }
    return upper;
}

std::vector<std::string> capabilities_of(const CapabilityRequest& request, std::uint64_t available)
{
    const Wanted add = wanted(request.add, "CapAdd");
    const Wanted drop = wanted(request.drop, "CapDrop");

    // Docker's order: ALL in the additions beats everything, then ALL in the drops leaves only the
    // additions.
    std::uint64_t mask = 0;
    if (request.privileged) {
        mask = available;
    } else if (add.all) {
        mask = available & ~drop.mask;
    } else if (drop.all) {
        mask = add.mask;
    } else {
        mask = (default_mask() & available & ~drop.mask) | add.mask;
    }

    std::vector<std::string> names;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (mask & bit(i)) {
            names.emplace_back(kNames[i]);
        }
    }
    return names;
}

std::uint64_t bounding_set()
{
    const std::string status = sys::read_small_file("/proc/self/status");
    constexpr std::string_view label = "\nCapBnd:\t";
    const auto at = status.find(label);
    std::uint64_t mask = 0;
    if (at != std::string::npos) {
        const char* digits = status.data() + at + label.size();
        std::from_chars(digits, status.data() + status.size(), mask, 16);
    }
    return mask;
}

} // namespace strata::container
