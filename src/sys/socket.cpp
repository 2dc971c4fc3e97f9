// SPDX-License-Identifier: Apache-2.0
#include "sys/socket.hpp"

#include "base/error.hpp"
#include "sys/random.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace strata::sys {
namespace {

constexpr std::size_t kMaxFds = 16;

int code_of(SocketType type)
{
    return (type == SocketType::stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC;
}

Fd make_socket(SocketType type)
{
    Fd made{::socket(AF_UNIX, code_of(type), 0)};
    if (!made) {
        throw_errno("make a socket");
    }
    return made;
}

/// A path as a socket's address. Holds the folder open while a long path is named through it.
class Address {
public:
    explicit Address(const Path& path)
    {
        std::string text = path.native();
        if (text.size() >= sizeof address_.sun_path) {
            folder_ = open_file(path.has_parent_path() ? path.parent_path() : Path{"."},
                                O_PATH | O_DIRECTORY);
            text = fmt::format("/proc/self/fd/{}/{}", folder_.get(), path.filename().native());
        }
        if (text.empty() || text.size() >= sizeof address_.sun_path) {
            throw Error{
                Errc::invalid_argument,
                fmt::format("'{}' is no name for a socket: too long, or empty", path.native())};
        }
        address_.sun_family = AF_UNIX;
        std::memcpy(address_.sun_path, text.c_str(), text.size() + 1);
    }

    const ::sockaddr* get() const noexcept
    {
        return reinterpret_cast<const ::sockaddr*>(&address_);
    }
    static constexpr socklen_t size() noexcept { return sizeof(::sockaddr_un); }

private:
    ::sockaddr_un address_{};
    Fd folder_;
};

bool somebody_listens(const Path& path, SocketType type)
{
    const Fd client = make_socket(type);
    const Address address{path};
    return ::connect(client.get(), address.get(), Address::size()) == 0 || errno == EPROTOTYPE ||
           errno == EAGAIN; // another type of socket, and a full queue, are somebody too
}

} // namespace

Fd listen_unix(const Path& path, SocketType type, unsigned mode)
{
    static_cast<void>(Address{path}); // nobody could connect to a name that has none
    if (const auto there = find_status(path)) {
        if (!S_ISSOCK(there->st_mode)) {
            throw Error{Errc::conflict, fmt::format("{} is in the way of a socket", path.native())};
        }
        if (somebody_listens(path, type)) {
            throw Error{Errc::conflict,
                        fmt::format("another process listens at {}", path.native())};
        }
    }
    // Made under another name and renamed when it has its mode and listens: nobody can connect too
    // early, and an old socket is replaced without a moment in which there is none.
    Path fresh = path;
    fresh.replace_filename(".socket-" + random_hex(8));
    Fd listener = make_socket(type);
    const Address address{fresh};
    if (::bind(listener.get(), address.get(), Address::size()) != 0) {
        throw_errno("make a socket at {}", path.native());
    }
    try {
        if (::chmod(fresh.c_str(), mode) != 0 || ::listen(listener.get(), SOMAXCONN) != 0) {
            throw_errno("listen at {}", path.native());
        }
        rename_file(fresh, path);
    } catch (const Error&) {
        ::unlink(fresh.c_str());
        throw;
    }
    return listener;
}

SocketFile::SocketFile(Path path) : path_{std::move(path)}, made_{find_status(path_)} {}

SocketFile::~SocketFile()
{
    struct ::stat there {};
    if (made_ && ::lstat(path_.c_str(), &there) == 0 && there.st_ino == made_->st_ino &&
        there.st_dev == made_->st_dev) {
        ::unlink(path_.c_str());
    }
}

Fd connect_unix(const Path& path, SocketType type)
{
    Fd client = make_socket(type);
    const Address address{path};
    while (::connect(client.get(), address.get(), Address::size()) != 0) {
        if (errno != EINTR) {
            throw_errno("connect to {}", path.native());
        }
    }
    return client;
}

std::optional<Fd> accept_client(const Fd& listener)
{
    for (;;) {
        Fd client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (client) {
            return client;
        }
        if (errno == EAGAIN || errno == ECONNABORTED) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            throw_errno("accept a client");
        }
    }
}

std::pair<Fd, Fd> make_socket_pair(SocketType type)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, code_of(type), 0, ends.data()) != 0) {
        throw_errno("make a socket pair");
    }
    return {Fd{ends[0]}, Fd{ends[1]}};
}

Peer peer_of(const Fd& socket)
{
    ::ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
        throw_errno("ask who is on the other end");
    }
    return {who.pid, who.uid, who.gid};
}

void send_with_fds(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds)
{
    if (bytes.empty() || fds.size() > kMaxFds) {
        throw Error{Errc::invalid_argument, fmt::format("cannot send {} descriptors with {} bytes",
                                                        fds.size(), bytes.size())};
    }
    alignas(::cmsghdr) std::array<char, CMSG_SPACE(kMaxFds * sizeof(int))> control{};
    bool sent_fds = fds.empty();
    while (!bytes.empty()) {
        ::iovec data{const_cast<std::byte*>(bytes.data()), bytes.size()};
        ::msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        if (!sent_fds) {
            message.msg_control = control.data();
            message.msg_controllen = CMSG_SPACE(fds.size_bytes());
            ::cmsghdr* const header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(fds.size_bytes());
            std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
        }
        const ssize_t sent = ::sendmsg(socket.get(), &message, MSG_NOSIGNAL);
        if (sent >= 0) {
            sent_fds = true;
            bytes = bytes.subspan(static_cast<std::size_t>(sent));
        } else if (errno != EINTR) {
            throw_errno("send");
        }
    }
}

std::size_t send_some(const Fd& socket, std::span<const std::byte> bytes)
{
    for (;;) {
        const ssize_t sent =
            ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            return static_cast<std::size_t>(sent);
        }
        if (errno == EAGAIN) {
            return 0;
        }
        if (errno != EINTR) {
            throw_errno("send");
        }
    }
}

Received receive_with_fds(const Fd& socket, std::span<std::byte> into)
{
    alignas(::cmsghdr) std::array<char, CMSG_SPACE(kMaxFds * sizeof(int))> control{};
    ::iovec data{into.data(), into.size()};
    ::msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t got = 0;
    while ((got = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC)) < 0) {
        if (errno != EINTR) {
            throw_errno("receive");
        }
    }
    Received received{static_cast<std::size_t>(got), {}};
    for (::cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof number);
            received.fds.emplace_back(number);
        }
    }
    if ((message.msg_flags & MSG_CTRUNC) != 0) {
        throw Error{Errc::exhausted,
                    fmt::format("more than {} descriptors in one message", kMaxFds)};
    }
    return received;
}

void finish_sending(const Fd& socket) noexcept
{
    ::shutdown(socket.get(), SHUT_WR);
}

} // namespace strata::sys
