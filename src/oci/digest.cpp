// SPDX-License-Identifier: Apache-2.0
#include "oci/digest.hpp"

#include "base/error.hpp"
#include "io/hash.hpp"

#include <algorithm>

namespace strata::oci {

Digest Digest::parse(std::string_view text)
{
    if (const auto digest = try_parse(text)) {
        return *digest;
    }
    throw Error{Errc::invalid_argument,
                fmt::format("'{}' is not a digest (expected sha256: and 64 lowercase hex digits)",
                            text.substr(0, 200))};
}

Digest Digest::of(std::span<const std::byte> content)
{
    io::Hasher hasher;
    hasher.update(content);
    return from_bytes(hasher.finish());
}

Digest Digest::from_bytes(std::span<const std::uint8_t> raw)
{
    Digest digest;
    if (raw.size() == size_of(HashAlgorithm::sha512)) {
        digest.algorithm_ = HashAlgorithm::sha512;
    } else if (raw.size() != size_of(HashAlgorithm::sha256)) {
        throw Error{Errc::invalid_argument, fmt::format("a digest of {} bytes", raw.size())};
    }
    std::ranges::copy(raw, digest.raw_.begin());
    return digest;
}

std::string Digest::hex() const
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes().size());
    for (const std::uint8_t byte : bytes()) {
        text += digits[byte >> 4];
        text += digits[byte & 0xf];
    }
    return text;
}

std::string Digest::short_hex() const
{
    return hex().substr(0, 12);
}

std::string Digest::str() const
{
    return (algorithm_ == HashAlgorithm::sha256 ? "sha256:" : "sha512:") + hex();
}

ChainId chain_id(const ChainId& below, const DiffId& layer)
{
    return {Digest::of(below.str() + " " + layer.str())};
}

ChainId chain_id(std::span<const DiffId> chain)
{
    if (chain.empty()) {
        throw Error{Errc::invalid_argument, "an image without layers has no chain id"};
    }
    return chain_ids(chain).back();
}

std::vector<ChainId> chain_ids(std::span<const DiffId> chain)
{
    std::vector<ChainId> ids;
    ids.reserve(chain.size());
    for (const DiffId& layer : chain) {
        ids.push_back(ids.empty() ? ChainId{layer.value} : chain_id(ids.back(), layer));
    }
    return ids;
}

} // namespace strata::oci
