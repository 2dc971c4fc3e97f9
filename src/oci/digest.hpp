// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata::oci {

enum class HashAlgorithm : std::uint8_t { sha256, sha512 };

/// The name of some bytes: `sha256:` or `sha512:` followed by lowercase hex.
///
/// A regular value type, and always valid: the only ways to get one are to parse it or to hash
/// something, so nobody downstream re-checks it. 65 bytes, no allocation, usable in constants.
class Digest {
public:
    /// Throws Errc::invalid_argument naming the offending text.
    static Digest parse(std::string_view text);

    /// For callers to whom a malformed digest is an ordinary answer, such as URL routing.
    static constexpr std::optional<Digest> try_parse(std::string_view text) noexcept;

    static Digest of(std::span<const std::byte> content);

    constexpr HashAlgorithm algorithm() const noexcept { return algorithm_; }
    constexpr std::span<const std::uint8_t> bytes() const noexcept
    {
        return {raw_.data(), size_of(algorithm_)};
    }

    std::string hex() const;
    std::string str() const; // "sha256:<hex>"

    friend constexpr auto operator<=>(const Digest&, const Digest&) = default;

private:
    constexpr Digest() = default; // only try_parse() and of() may see one half-made

    static constexpr std::size_t size_of(HashAlgorithm algorithm) noexcept
    {
        return algorithm == HashAlgorithm::sha256 ? 32 : 64;
    }
    static constexpr int hex_value(char c) noexcept
    {
        // Uppercase is rejected on purpose: the spec allows one spelling per digest, and a second
        // would let two names in the store mean the same blob.
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    HashAlgorithm algorithm_ = HashAlgorithm::sha256;
    std::array<std::uint8_t, 64> raw_{}; // sha256 leaves the tail zero, so comparison stays trivial
};

/// Digests of the same bytes in different roles are different things, and mixing them up is the
/// classic image-store bug. The tag makes the compiler notice; `value` opts out, visibly.
template <typename Role>
struct RoleDigest {
    Digest value;

    friend constexpr auto operator<=>(const RoleDigest&, const RoleDigest&) = default;
};

using BlobDigest = RoleDigest<struct BlobRole>; // of the stored, usually compressed, bytes
using DiffId = RoleDigest<struct DiffIdRole>;   // of the uncompressed layer tar
using ChainId = RoleDigest<struct ChainIdRole>; // of a layer and everything below it
using ImageId = RoleDigest<struct ImageIdRole>; // of the config blob

constexpr std::optional<Digest> Digest::try_parse(std::string_view text) noexcept
{
    Digest digest;
    if (text.starts_with("sha256:")) {
        digest.algorithm_ = HashAlgorithm::sha256;
    } else if (text.starts_with("sha512:")) {
        digest.algorithm_ = HashAlgorithm::sha512;
    } else {
        return std::nullopt;
    }
    text.remove_prefix(7);

    const std::size_t size = size_of(digest.algorithm_);
    if (text.size() != 2 * size) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < size; ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        digest.raw_[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return digest;
}

/// `"sha256:…"_digest` — checked by the compiler, so a typo in a constant is not a runtime error.
consteval Digest operator""_digest(const char* text, std::size_t length)
{
    return Digest::try_parse({text, length}).value();
}

/// The two-byte document `{}`, which OCI artifacts use where a config is required but meaningless.
inline constexpr Digest kEmptyJsonDigest =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"_digest;

} // namespace strata::oci

template <>
struct std::hash<strata::oci::Digest> {
    std::size_t operator()(const strata::oci::Digest& digest) const noexcept
    {
        // The bytes already are a hash, so any eight of them will do.
        std::size_t prefix;
        std::memcpy(&prefix, digest.bytes().data(), sizeof prefix);
        return prefix;
    }
};
