// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace strata::oci {

/// What an image runs on: "linux/arm64/v8", "windows(10.0.17763.1)/amd64".
///
/// Spelled as Go spells it (amd64, not x86_64); parse() and normalized() see to that.
struct Platform {
    std::string os;
    std::string architecture;
    std::string variant;                  // of the architecture: "v7"
    std::string os_version;               // Windows only, in practice
    std::vector<std::string> os_features; // "win32k"

    /// `os`, `arch`, `os/arch` or `os/arch/variant`, the os perhaps with `(version+feature…)`; what
    /// is left out is the host's. Spelled as Docker would write it into a config: a variant that
    /// goes without saying appears only if it was said. Throws Errc::invalid_argument in Docker's
    /// words.
    static Platform parse(std::string_view text);
    /// What this program was compiled for.
    static Platform host();

    /// One spelling for each thing, to compare: x86_64 is amd64, arm64/v8 is arm64, arm is arm/v7.
    Platform normalized() const;

    std::string str() const; // "linux/arm/v7"; with the version in brackets if there is one

    friend auto operator<=>(const Platform&, const Platform&) = default; // NOLINT
    friend bool operator==(const Platform&, const Platform&) = default;
};

/// What runs on `platform`, best first: itself, older variants of the same architecture, and the
/// 32-bit architecture that it also understands.
std::vector<Platform> runnable_on(const Platform& platform);

/// Whether something made for `made_for` is what is called `wanted`. Version and features count
/// only when `wanted` names them.
bool matches(const Platform& wanted, const Platform& made_for);

} // namespace strata::oci

template <>
struct fmt::formatter<strata::oci::Platform> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const strata::oci::Platform& platform, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(platform.str(), context);
    }
};
