// SPDX-License-Identifier: Apache-2.0
//
// What the store keeps under a digest, and where: the things that are published and collected.
#pragma once

#include "oci/digest.hpp"
#include "store/layout.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strata::store {

enum class ObjectKind : std::uint8_t { layer, blob, stack };

std::string_view name_of(ObjectKind kind); // as the database spells it: "layer"

struct Object {
    ObjectKind kind;
    oci::Digest digest; // diff id, blob digest or chain id

    std::string str() const; // "layer-sha256:<hex>"
    static std::optional<Object> try_parse(std::string_view text) noexcept;
    friend auto operator<=>(const Object&, const Object&) = default; // NOLINT
};

inline Object object_of(const oci::DiffId& id)
{
    return {ObjectKind::layer, id.value};
}
inline Object object_of(const oci::BlobDigest& digest)
{
    return {ObjectKind::blob, digest.value};
}
inline Object object_of(const oci::ChainId& id)
{
    return {ObjectKind::stack, id.value};
}

/// Its file (a blob) or folder (a layer, a stack).
Path place_of(const Layout& layout, const Object& object);

/// Inverse of the last component of place_of(): what a name in one of the folders stands for.
std::optional<oci::Digest> digest_of_name(std::string_view hex) noexcept;

} // namespace strata::store
