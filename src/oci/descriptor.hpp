// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/annotations.hpp"
#include "oci/digest.hpp"
#include "oci/document.hpp"
#include "oci/platform.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::oci {

/// What one document says of another: what it is, how long, and its digest.
struct Descriptor {
    std::string media_type;
    BlobDigest digest;
    std::uint64_t size = 0; // at most 2^63 - 1
    std::vector<std::string> urls{};
    StringMap annotations{};
    std::optional<std::string> data{}; // the bytes themselves; checked against digest and size
    std::optional<Platform> platform{};
    std::string artifact_type{};
    UnknownMembers unknown{}, unknown_in_platform{};

    /// Throws Errc::corrupt, naming the field; Errc::unsupported for a digest of another algorithm.
    static Descriptor parse(std::string_view text);
    std::string print() const;

    /// The value of an annotation, or an empty text.
    std::string_view annotation(std::string_view key) const;

    friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

} // namespace strata::oci
