// SPDX-License-Identifier: Apache-2.0
#include "store/checksum.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace strata::store {
namespace {

constexpr std::uint64_t kOdd = 0xff51afd7ed558ccd;

std::uint64_t mix(std::uint64_t lane, std::uint64_t word)
{
    const std::uint64_t product = std::rotl(lane ^ word, 29) * kOdd;
    return product ^
           (product >> 32); // a product's high bits depend on all, its low bits only on low ones
}

} // namespace

void Checksum::absorb(const std::byte* block)
{
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), block, sizeof words);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i] = mix(lanes_[i], words[i]);
    }
}

void Checksum::update(std::span<const std::byte> bytes)
{
    total_ += bytes.size();
    if (pending_bytes_ > 0) {
        const std::size_t taken = std::min(bytes.size(), pending_.size() - pending_bytes_);
        std::memcpy(pending_.data() + pending_bytes_, bytes.data(), taken);
        pending_bytes_ += taken;
        bytes = bytes.subspan(taken);
        if (pending_bytes_ < pending_.size()) {
            return;
        }
        absorb(pending_.data());
        pending_bytes_ = 0;
    }
    while (bytes.size() >= pending_.size()) {
        absorb(bytes.data());
        bytes = bytes.subspan(pending_.size());
    }
    std::copy(bytes.begin(), bytes.end(), pending_.begin());
    pending_bytes_ = bytes.size();
}

std::uint64_t Checksum::finish()
{
    if (pending_bytes_ > 0) {
        std::fill(pending_.begin() + static_cast<std::ptrdiff_t>(pending_bytes_), pending_.end(),
                  std::byte{0});
        absorb(pending_.data());
    }
    std::uint64_t sum = total_; // tells a padded end from zeros that were there
    for (const std::uint64_t lane : lanes_) {
        sum = mix(sum, lane);
    }
    return sum;
}

} // namespace strata::store
