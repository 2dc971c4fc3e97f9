// SPDX-License-Identifier: Apache-2.0
#include "registry/storage/layout.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <string>

namespace strata::registry {
namespace {

std::string_view name_of(oci::HashAlgorithm algorithm)
{
    return algorithm == oci::HashAlgorithm::sha256 ? "sha256" : "sha512";
}

bool is_id(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-';
    });
}

} // namespace

Layout::Path Layout::blob_folder(const oci::Digest& digest) const
{
    const std::string hex = digest.hex();
    return blobs() / name_of(digest.algorithm()) / hex.substr(0, 2) / hex;
}

Layout::Path Layout::upload(std::string_view name, std::string_view id) const
{
    if (!is_id(id)) {
        throw Error{Errc::invalid_argument, "not an upload's id"};
    }
    return uploads(name) / id;
}

Layout::Path Layout::link_folder(const oci::Digest& digest)
{
    return Path{name_of(digest.algorithm())} / digest.hex();
}

} // namespace strata::registry
