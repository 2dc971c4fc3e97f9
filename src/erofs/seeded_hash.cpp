// SPDX-License-Identifier: Apache-2.0
#include "erofs/seeded_hash.hpp"

#include <bit>
#include <cstring>
#include <random>

namespace strata::erofs {

namespace {

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void round() noexcept
    {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    void absorb(std::uint64_t word) noexcept
    {
        v3 ^= word;
        round();
        v0 ^= word;
    }
};

std::uint64_t random_word()
{
    std::random_device source;
    return std::uint64_t{source()} << 32U | source();
}

} // namespace

SeededHash::SeededHash() : key0_{random_word()}, key1_{random_word()} {}

std::uint64_t SeededHash::operator()(std::string_view bytes, std::uint64_t with) const noexcept
{
    SipState state{key0_ ^ 0x736f6d6570736575U, key1_ ^ 0x646f72616e646f6dU,
                   key0_ ^ 0x6c7967656e657261U, key1_ ^ 0x7465646279746573U};
    state.absorb(with);
    std::uint64_t last = std::uint64_t{bytes.size()} << 56U;
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        state.absorb(word);
        bytes.remove_prefix(sizeof word);
    }
    std::uint64_t tail = 0;
    if (!bytes.empty()) { // memcpy takes no null, even of nothing
        std::memcpy(&tail, bytes.data(), bytes.size());
    }
    state.absorb(last | tail);
    state.v2 ^= 0xFF;
    state.round();
    state.round();
    state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace strata::erofs
