// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace strata::erofs {

/// Many short texts, end to end, each known by a 32-bit number. Nothing is given back before all
/// is.
class TextArena {
public:
    std::uint32_t push(std::string_view text)
    {
        if (text.size() > kPiece) {
            throw Error{Errc::exhausted, "a text of more than a mebibyte"};
        }
        if (pieces_.empty() || text.size() > kPiece - used_) {
            if (pieces_.size() == kMaxPieces) {
                throw Error{Errc::exhausted, "names and attributes of more than 4 GiB"};
            }
            pieces_.push_back(std::make_unique_for_overwrite<char[]>(kPiece));
            used_ = 0;
        }
        text.copy(pieces_.back().get() + used_, text.size());
        const std::size_t at = (pieces_.size() - 1) * kPiece + used_;
        used_ += text.size();
        return static_cast<std::uint32_t>(at);
    }

    std::string_view get(std::uint32_t at, std::size_t size) const noexcept
    {
        return size == 0 ? std::string_view{}
                         : std::string_view{pieces_[at / kPiece].get() + at % kPiece, size};
    }

    std::uint64_t bytes() const noexcept { return pieces_.size() * kPiece; }

private:
    static constexpr std::size_t kPiece = 1 << 20;
    static constexpr std::size_t kMaxPieces = (std::size_t{1} << 32U) / kPiece;
    std::vector<std::unique_ptr<char[]>> pieces_;
    std::size_t used_ = 0;
};

} // namespace strata::erofs
