// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"

#include <concepts>
#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace strata::oci {

/// Members that we have no name for, as JSON text by key. They are printed again with the rest.
using UnknownMembers = std::map<std::string, std::string>;

/// Of what a document may hold, beside its length.
inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

/// A parsed value beside the exact bytes that it was parsed from.
///
/// Digests are taken over bytes, so what came from outside is passed on as it came and never
/// printed again. Neither half can change, so they cannot disagree; to change a value, copy it and
/// make() another document.
template <typename Value>
class Document {
public:
    /// Throws what Value::parse() throws, which gets the bounds.
    template <typename... Bounds>
    static Document parse(std::string bytes, const Bounds&... bounds)
    {
        Value value = Value::parse(bytes, bounds...);
        return {std::move(bytes), std::move(value)};
    }
    static Document make(Value value)
    {
        std::string bytes = value.print();
        return {std::move(bytes), std::move(value)};
    }

    const Value& operator*() const noexcept { return value_; }
    const Value* operator->() const noexcept { return &value_; }
    const std::string& bytes() const noexcept { return bytes_; }
    BlobDigest digest() const { return {Digest::of(bytes_)}; }

private:
    Document(std::string bytes, Value value) : bytes_{std::move(bytes)}, value_{std::move(value)} {}

    std::string bytes_;
    Value value_;
};

} // namespace strata::oci
