// SPDX-License-Identifier: Apache-2.0
#include "store/reserve.hpp"

#include "sys/copy.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::store {
namespace {

// Forgetting an image of 1,000 layers writes about a hundred pages of 4 KiB to the log.
constexpr std::uint64_t kReserve = 1 << 20;
constexpr std::uint64_t kPlenty = 2 * kReserve;

} // namespace

bool give_up_reserve(const Layout& layout)
{
    if (!sys::find_status(layout.reserve())) {
        return false;
    }
    sys::remove_file(layout.reserve());
    return true;
}

void restore_reserve(const Layout& layout) noexcept
{
    try {
        if (sys::find_status(layout.reserve()) || sys::free_bytes(layout.root) < kPlenty) {
            return;
        }
        const sys::Fd file = sys::open_file(layout.reserve(), O_WRONLY | O_CREAT, 0600);
        sys::reserve_space(file, kReserve);
    } catch (const Error&) {
        // There is no promise to keep.
    }
}

} // namespace strata::store
