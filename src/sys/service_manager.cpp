// SPDX-License-Identifier: Apache-2.0
#include "sys/service_manager.hpp"

#include "sys/fd.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace strata::sys {

void tell_service_manager(std::string_view state) noexcept
{
    const char* const where = std::getenv("NOTIFY_SOCKET");
    const std::string_view name = where == nullptr ? "" : where;
    ::sockaddr_un address{};
    if ((!name.starts_with('/') && !name.starts_with('@')) || name.size() < 2 ||
        name.size() >= sizeof address.sun_path) {
        return;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.starts_with('@')) {
        address.sun_path[0] = '\0'; // one of the names that are in no folder
    }
    const auto size = static_cast<socklen_t>(offsetof(::sockaddr_un, sun_path) + name.size());
    const Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (socket) {
        ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const ::sockaddr*>(&address), size);
    }
}

} // namespace strata::sys
