// SPDX-License-Identifier: Apache-2.0
#include "sys/random.hpp"

#include "base/error.hpp"

#include <sys/random.h>

#include <array>
#include <vector>

namespace strata::sys {

void fill_random(std::span<std::byte> into)
{
    while (!into.empty()) {
        const ssize_t got = ::getrandom(into.data(), into.size(), 0);
        if (got >= 0) {
            into = into.subspan(static_cast<std::size_t>(got));
        } else if (errno != EINTR) {
            throw_errno("get random bytes");
        }
    }
}

std::string random_hex(std::size_t bytes)
{
    std::vector<std::byte> raw(bytes);
    fill_random(raw);
    std::string text;
    text.reserve(2 * bytes);
    for (const std::byte byte : raw) {
        fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned>(byte));
    }
    return text;
}

} // namespace strata::sys
