// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets: between our own processes, and from clients on the same machine.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace strata::sys {

/// A stream of bytes, or messages that arrive whole.
enum class SocketType { stream, seqpacket };

/// Listens at `path` with exactly that mode from the first moment on. A socket that is there
/// already is replaced if nobody listens on it, else Errc::conflict. Paths of any length work,
/// though an address holds 107 bytes: the folder is named by its descriptor then.
Fd listen_unix(const Path& path, SocketType type, unsigned mode = 0600);

/// The name of the socket that somebody listens at, made by listen_unix(): it goes with this
/// object, unless another socket has been put in its place by then.
class SocketFile {
public:
    explicit SocketFile(Path path);
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;
    ~SocketFile();

private:
    Path path_;
    std::optional<struct ::stat> made_;
};

/// Throws Errc::not_found when there is none, Errc::unavailable when nobody listens (any more).
Fd connect_unix(const Path& path, SocketType type);

/// The next client; nothing when a non-blocking listener has none, or it has gone again.
std::optional<Fd> accept_client(const Fd& listener);

/// Two ends of one connection.
std::pair<Fd, Fd> make_socket_pair(SocketType type);

struct Peer {
    int pid = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
};
/// Who is on the other end, as the kernel knows it.
Peer peer_of(const Fd& socket);

/// Sends `bytes`, at least one, and with the first of them copies of the descriptors. SIGPIPE is
/// not raised. Throws Errc::unavailable when the other end has gone.
void send_with_fds(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds);

struct Received {
    std::size_t bytes = 0; // 0: the other end has gone
    std::vector<Fd> fds;   // close-on-exec
};
/// One read, and the descriptors that came with it, 16 at most; more is Errc::exhausted.
Received receive_with_fds(const Fd& socket, std::span<std::byte> into);

/// One send without waiting; how much was taken, 0 if nothing fits now. SIGPIPE is not raised.
/// Throws Errc::unavailable when the other end has gone.
std::size_t send_some(const Fd& socket, std::span<const std::byte> bytes);

/// Ends our sending; the other side reads an end, and can still send.
void finish_sending(const Fd& socket) noexcept;

} // namespace strata::sys
