// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/manifest.hpp"
#include "registry/config/config.hpp"
#include "registry/metadata/metadata.hpp"

#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace strata::registry::api {

/// What config.yml's `validation` allows a manifest to say. Made once: compiling a regular
/// expression takes longer than anything else about a manifest.
class ManifestRules {
public:
    /// Throws Errc::invalid_argument for a regular expression that is none.
    explicit ManifestRules(const ValidationConfig& config);

    /// Throws Refused with MANIFEST_INVALID for a URL that is not allowed.
    void check_urls(const oci::Descriptor& layer) const;
    /// Whether an index may only name this one if it is there.
    bool must_exist(const oci::Descriptor& child) const;

private:
    ValidationConfig config_;
    std::vector<std::regex> allow_;
    std::vector<std::regex> deny_;
};

/// Understands a manifest or an index that is pushed as `content_type`, and takes out of it what
/// the registry has to know. `digest` is already known to be that of `bytes`.
///
/// Throws Refused: MANIFEST_INVALID for what is malformed, ambiguous, of schema 1 or of a type that
/// is no manifest.
NewManifest understand_manifest(const Digest& digest, std::shared_ptr<const std::string> bytes,
                                std::string_view content_type, const ManifestRules& rules);

/// The digest of some bytes, in the algorithm of `like`.
Digest digest_like(const Digest& like, std::string_view bytes);

/// The manifest for linux/amd64 that an index names, if it names one.
std::optional<Digest> default_image_of(std::string_view index);

} // namespace strata::registry::api
