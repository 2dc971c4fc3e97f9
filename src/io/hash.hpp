// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/source.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace strata::io {

/// SHA-256 or SHA-512 over bytes as they pass, through OpenSSL's EVP (which uses the CPU's SHA
/// instructions). Gives raw bytes; oci/digest.hpp makes names of them.
class Hasher {
public:
    enum class Algorithm : std::uint8_t { sha256, sha512 };
    explicit Hasher(Algorithm algorithm = Algorithm::sha256);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(std::span<const std::byte> bytes);
    void update(std::string_view text) { update(std::as_bytes(std::span{text})); }

    /// 32 or 64 bytes. Call once, last.
    std::vector<std::uint8_t> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::io
