// SPDX-License-Identifier: Apache-2.0
//
// Keys of annotations and labels that mean something to more than one program.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace strata::oci {

/// Annotations or labels, by key.
using StringMap = std::map<std::string, std::string>;

namespace annotation {

// clang-format off
inline constexpr std::string_view
    // the specification's own
    kCreated       = "org.opencontainers.image.created",
    kAuthors       = "org.opencontainers.image.authors",
    kUrl           = "org.opencontainers.image.url",
    kDocumentation = "org.opencontainers.image.documentation",
    kSource        = "org.opencontainers.image.source",
    kVersion       = "org.opencontainers.image.version",
    kRevision      = "org.opencontainers.image.revision",
    kVendor        = "org.opencontainers.image.vendor",
    kLicenses      = "org.opencontainers.image.licenses",
    kTitle         = "org.opencontainers.image.title",
    kDescription   = "org.opencontainers.image.description",
    kRefName       = "org.opencontainers.image.ref.name", // in the index of a layout: the tag
    kBaseName      = "org.opencontainers.image.base.name",
    kBaseDigest    = "org.opencontainers.image.base.digest",

    // what archives made by Docker and containerd name an image by, in full
    kContainerdName = "io.containerd.image.name",

    // how BuildKit marks a manifest that is no image but says something about one
    kDockerReferenceType   = "vnd.docker.reference.type",
    kDockerReferenceDigest = "vnd.docker.reference.digest",
    kAttestationManifest   = "attestation-manifest"; // a value of the first
// clang-format on

} // namespace annotation
} // namespace strata::oci
