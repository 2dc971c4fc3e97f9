// SPDX-License-Identifier: Apache-2.0
//
// Sockets to other machines, as a server uses them: never blocking, and in the order of the hot
// path. What can go wrong on a connection at any time is a result here, not an exception; sockets
// are plain numbers, because the event loop owns them.
#pragma once

#include "sys/fd.hpp"
#include "sys/poll.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata::sys {

/// "127.0.0.1:5000", "localhost:0", "[::1]:5000", ":5000" (every interface, both families). Port 0
/// chooses one. Throws Errc::invalid_argument for what is no address, unavailable when it is taken
/// or not ours.
Fd listen_tcp(std::string_view address);

/// Where a listener really listens: "127.0.0.1:41873", "[::]:5000".
std::string local_address(const Fd& listener);

struct Accepted {
    Fd socket;           // non-blocking; sends without delay
    int family = 0;      // AF_INET, AF_INET6, AF_UNIX
    std::string address; // "192.0.2.7", "2001:db8::7"; empty for a unix socket
    std::uint16_t port = 0;
};
/// The next client of a non-blocking listener; nothing when there is none now. Throws
/// Errc::exhausted when the process has no descriptor left.
std::optional<Accepted> accept_connection(const Fd& listener);

/// What became of one attempt to move bytes through a socket.
struct Moved {
    enum class State : std::uint8_t {
        some,       // `bytes`, at least one
        not_now,    // wait until it is readable
        not_now_tx, // wait until it is writable
        end,        // the other side has finished sending; of a file: it has become shorter
        broken,     // the connection is of no use any more
    };
    State state = State::broken;
    std::size_t bytes = 0;
};

Moved receive(int socket, std::span<std::byte> into) noexcept;

/// Whether what follows at once may travel in the same packet.
enum class MoreFollows : bool { no, yes };

/// `first` and then `second`, of which either may be empty, as far as they are taken.
Moved send(int socket, std::string_view first, std::string_view second, MoreFollows more) noexcept;

/// A part of a regular file, without a copy through our memory.
Moved send_file(int socket, const Fd& file, std::uint64_t offset, std::size_t count) noexcept;

/// Whether that part of the file can be read without waiting for a disk, as far as a look at its
/// last byte tells. True where the file system cannot say.
bool is_cached(const Fd& file, std::uint64_t offset, std::size_t count) noexcept;
/// Waits for the disk until it is.
void read_ahead(const Fd& file, std::uint64_t offset, std::uint64_t count) noexcept;

/// Until the socket is ready or has failed; false when time is up.
bool wait_for_socket(int socket, Interest interest, std::chrono::milliseconds timeout) noexcept;

/// Ends our sending, or both directions.
void shut_down_sending(int socket) noexcept;
void shut_down(int socket) noexcept;

/// The close that follows is to look like an accident to the other side (RST), not like an end.
void reset_on_close(int socket) noexcept;

/// Raises how many descriptors this process may have open to `count`, or as far as it is allowed.
void allow_open_files(std::size_t count) noexcept;

} // namespace strata::sys
