// SPDX-License-Identifier: Apache-2.0
//
// Docker's seccomp profile format, translated to what an OCI runtime takes: the profile's
// conditions (capabilities, architectures, kernel version) are decided here, for this container on
// this machine.
#pragma once

#include <boost/json/fwd.hpp>

#include <compare>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata::container {

struct KernelVersion {
    unsigned major = 0, minor = 0;
    friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default; // NOLINT

    /// "6.18.44-x" is 6.18. Throws Errc::invalid_argument.
    static KernelVersion parse(std::string_view release);
};

/// What a profile's conditions ask about.
struct SeccompFacts {
    std::span<const std::string> capabilities; // of the container: "CAP_CHOWN", …
    std::string architecture;                  // Go's name of it: "amd64"
    KernelVersion kernel{};
};

/// The machine's part of the facts; the capabilities are the container's.
SeccompFacts seccomp_facts(std::span<const std::string> capabilities);

inline constexpr std::string_view kDefaultSeccompProfile = "/usr/share/containers/seccomp.json";

/// The `linux.seccomp` object for `profile` (its text), or nothing for the empty profile `{}`.
/// Throws Errc::invalid_argument for what is not a profile.
std::optional<boost::json::value> translate_seccomp(std::string_view profile,
                                                    const SeccompFacts& facts);

/// The text of the profile that containers get unless told otherwise.
/// Throws Errc::not_found, naming the package that has it, when it is not installed.
std::string
read_default_seccomp_profile(const std::filesystem::path& file = kDefaultSeccompProfile);

} // namespace strata::container
