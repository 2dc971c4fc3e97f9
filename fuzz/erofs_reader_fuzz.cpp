// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an image: the reader may refuse them, as corrupt or as not ours, and no more.
#include "erofs_images.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace strata;

/// Whether `ask` gets what it wants; another failure than those that are allowed is a bug.
template <typename Ask>
bool succeeds(const Ask& ask)
{
    try {
        ask();
        return true;
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt && error.code() != Errc::unsupported) {
            fmt::print(stderr, "{}\n", error.what());
            std::abort();
        }
        return false;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span{data, size});
    succeeds([&] {
        const erofs::Reader reader{bytes};
        succeeds([&] { fuzz::read_all(reader); });
        const bool sound = succeeds([&] { reader.verify(); });
        const bool stacked = succeeds([&] { fuzz::stack_twice(reader); });
        if (sound && !stacked) {
            std::abort();
        }
    });
    return 0;
}
