// SPDX-License-Identifier: Apache-2.0
//
// Sizes as Docker reads and writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strata {

/// What a unit without an "i" stands for. A unit with one ("KiB") is taken the same way, as Docker
/// does: the option decides, not the spelling.
enum class SizeUnits { binary, decimal };

/// "64m", "1.5g", "512", "10 KiB", "5kB"; letters in any case, up to peta.
/// Throws Errc::invalid_argument "invalid size: '…'" or "invalid suffix: '…'".
std::uint64_t parse_size(std::string_view text, SizeUnits units = SizeUnits::binary);

/// "1.24MB": powers of 1000, so many significant digits. Tables of images use 3, others 4.
std::string human_size(double bytes, int digits = 4);

/// "1.5GiB": powers of 1024, four significant digits.
std::string binary_size(double bytes);

} // namespace strata
