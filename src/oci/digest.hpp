// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

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
#include <vector>

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

    /// The sha256 of `content`.
    static Digest of(std::span<const std::byte> content);
    static Digest of(std::string_view text) { return of(std::as_bytes(std::span{text})); }

    /// From what a hasher gives. Throws Errc::invalid_argument unless it is 32 or 64 bytes.
    static Digest from_bytes(std::span<const std::uint8_t> raw);

    constexpr HashAlgorithm algorithm() const noexcept { return algorithm_; }
    constexpr std::span<const std::uint8_t> bytes() const noexcept
    {
        return {raw_.data(), size_of(algorithm_)};
    }

    std::string hex() const;
    std::string short_hex() const; // the first twelve digits: what tables for people show
    std::string str() const;       // "sha256:<hex>"

    friend constexpr auto operator<=>(const Digest&, const Digest&) = default; // NOLINT

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

    static RoleDigest parse(std::string_view text) { return {Digest::parse(text)}; }
    static RoleDigest of(std::span<const std::byte> content) { return {Digest::of(content)}; }
    std::string hex() const { return value.hex(); }
    std::string str() const { return value.str(); }

    friend constexpr auto operator<=>(const RoleDigest&, const RoleDigest&) = default; // NOLINT
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

/// The layer in which nothing changes: the 1024 zero bytes that end a tar.
inline constexpr DiffId kEmptyLayer{
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"_digest};

/// The name of `layer` on top of `below`. The lowest layer's chain id is its diff id.
ChainId chain_id(const ChainId& below, const DiffId& layer);
/// Of a whole chain, lowest layer first. Throws Errc::invalid_argument for an empty one.
ChainId chain_id(std::span<const DiffId> chain);
/// Of every layer with what is below it: as many as there are layers.
std::vector<ChainId> chain_ids(std::span<const DiffId> chain);

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

template <typename Role>
struct std::hash<strata::oci::RoleDigest<Role>> {
    std::size_t operator()(const strata::oci::RoleDigest<Role>& digest) const noexcept
    {
        return std::hash<strata::oci::Digest>{}(digest.value);
    }
};

template <>
struct fmt::formatter<strata::oci::Digest> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const strata::oci::Digest& digest, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(digest.str(), context);
    }
};

template <typename Role>
struct fmt::formatter<strata::oci::RoleDigest<Role>> : fmt::formatter<strata::oci::Digest> {
    template <typename Context>
    auto format(const strata::oci::RoleDigest<Role>& digest, Context& context) const
    {
        return fmt::formatter<strata::oci::Digest>::format(digest.value, context);
    }
};
