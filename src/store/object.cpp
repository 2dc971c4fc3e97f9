// SPDX-License-Identifier: Apache-2.0
#include "store/object.hpp"

#include <array>

namespace strata::store {
namespace {

constexpr std::array kKinds{ObjectKind::layer, ObjectKind::blob, ObjectKind::stack};

} // namespace

std::string_view name_of(ObjectKind kind)
{
    switch (kind) {
    case ObjectKind::layer:
        return "layer";
    case ObjectKind::blob:
        return "blob";
    case ObjectKind::stack:
        return "stack";
    }
    return {};
}

std::string Object::str() const
{
    return std::string{name_of(kind)} + "-" + digest.str();
}

std::optional<Object> Object::try_parse(std::string_view text) noexcept
{
    for (const ObjectKind kind : kKinds) {
        const std::string_view name = name_of(kind);
        if (text.starts_with(name) && text.substr(name.size()).starts_with('-')) {
            if (const auto digest = oci::Digest::try_parse(text.substr(name.size() + 1))) {
                return Object{kind, *digest};
            }
        }
    }
    return std::nullopt;
}

Path place_of(const Layout& layout, const Object& object)
{
    switch (object.kind) {
    case ObjectKind::layer:
        return layout.layer({object.digest});
    case ObjectKind::blob:
        return layout.blob({object.digest});
    case ObjectKind::stack:
        return layout.stack({object.digest});
    }
    return {};
}

std::optional<oci::Digest> digest_of_name(std::string_view hex) noexcept
{
    const std::string_view algorithm = hex.size() == 64 ? "sha256:" : "sha512:";
    return oci::Digest::try_parse(std::string{algorithm} + std::string{hex});
}

} // namespace strata::store
