// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace strata::erofs {

/// An array that grows in pieces: elements never move, growing never copies, and at most one piece
/// is unused. A vector of a million elements would need three times its size while it doubles.
template <typename T>
class Slab {
public:
    std::uint32_t size() const noexcept { return size_; }

    std::uint32_t push(const T& value)
    {
        if (size_ == pieces_.size() * kPiece) {
            pieces_.push_back(std::make_unique_for_overwrite<T[]>(kPiece));
        }
        pieces_[size_ / kPiece][size_ % kPiece] = value;
        return size_++;
    }

    T& operator[](std::uint32_t index) noexcept { return pieces_[index / kPiece][index % kPiece]; }
    const T& operator[](std::uint32_t index) const noexcept
    {
        return pieces_[index / kPiece][index % kPiece];
    }

private:
    static constexpr std::size_t kPiece = 1024;
    std::vector<std::unique_ptr<T[]>> pieces_;
    std::uint32_t size_ = 0;
};

} // namespace strata::erofs
