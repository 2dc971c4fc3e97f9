// SPDX-License-Identifier: Apache-2.0
#include "base/id.hpp"

#include "base/error.hpp"
#include "base/words.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace strata {
namespace {

constexpr std::size_t kShort = 12;

std::size_t random_below(std::size_t limit)
{
    std::uint64_t value = 0;
    fill_random(std::as_writable_bytes(std::span{&value, 1}));
    return static_cast<std::size_t>(value % limit); // the bias is far below what anyone could see
}

} // namespace

void fill_random(std::span<std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno != EINTR) {
            throw_errno("get random bytes");
        }
        bytes = bytes.subspan(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
}

std::string random_id()
{
    static constexpr char digits[] = "0123456789abcdef";
    while (true) {
        std::array<std::byte, 32> bytes{};
        fill_random(bytes);
        std::string id;
        for (const std::byte byte : bytes) {
            id += digits[std::to_integer<unsigned>(byte) >> 4];
            id += digits[std::to_integer<unsigned>(byte) & 0xf];
        }
        if (short_id(id).find_first_not_of("0123456789") != std::string_view::npos) {
            return id;
        }
    }
}

std::string_view short_id(std::string_view id)
{
    return id.substr(0, kShort);
}

std::string random_name(unsigned attempt)
{
    std::string name =
        fmt::format("{}_{}", words::kAdjectives[random_below(words::kAdjectives.size())],
                    words::kSurnames[random_below(words::kSurnames.size())]);
    if (attempt > 0) {
        name += fmt::format("{}", random_below(10 * std::size_t{attempt}));
    }
    return name;
}

} // namespace strata
