// SPDX-License-Identifier: Apache-2.0
//
// Who a container's process runs as: `-u name|uid[:group|gid]` against the image's own /etc/passwd
// and /etc/group. Those files are hostile text; lines that make no sense are passed over, as libc
// does.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::container {

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups{}; // supplementary, the primary one among them
    std::string home = "/";
};

/// The image's files; empty where it has none.
struct UserFiles {
    std::string passwd{}, group{};
};

/// What those files may have at most.
inline constexpr std::uint64_t kUserFileLimit = 1 << 20;

/// `wanted` as with -u, empty for root. `extra_groups` as with --group-add, names or numbers.
/// Throws Errc::invalid_argument in Docker's words for names that the files do not have and ids out
/// of range.
User find_user(std::string_view wanted, std::span<const std::string> extra_groups,
               const UserFiles& files);

} // namespace strata::container
