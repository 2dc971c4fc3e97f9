// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata/reserve.hpp"

#include "sys/copy.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::registry {
namespace {

// The largest thing that is removed at once is a repository; one of a thousand manifests writes
// some hundred pages of 4 KiB to the log.
constexpr std::uint64_t kReserve = 2 << 20;
constexpr std::uint64_t kPlenty = 2 * kReserve;

} // namespace

void Reserve::give_up() const
{
    sys::remove_file(file_);
}

void Reserve::restore() const noexcept
{
    try {
        if (sys::find_status(file_) || sys::free_bytes(file_.parent_path()) < kPlenty) {
            return;
        }
        const sys::Fd file = sys::open_file(file_, O_WRONLY | O_CREAT, 0600);
        sys::reserve_space(file, kReserve);
    } catch (const Error&) {
        return; // there is no promise to keep
    }
}

} // namespace strata::registry
