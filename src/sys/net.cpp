// SPDX-License-Identifier: Apache-2.0
#include "sys/net.hpp"

#include "base/error.hpp"

#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

namespace strata::sys {
namespace {

constexpr int kBacklog = 4096;

struct HostAndPort {
    std::string host; // empty: every interface
    std::string port;
};

HostAndPort split_address(std::string_view address)
{
    const auto bad = [&] {
        return Error{Errc::invalid_argument,
                     fmt::format("'{}' is no address to listen on: expected host:port", address)};
    };
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) {
        throw bad();
    }
    std::string_view host = address.substr(0, colon);
    const std::string_view port = address.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        throw bad(); // "::1:5000" could mean two things
    }
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
        throw bad();
    }
    return {std::string{host}, std::string{port}};
}

using AddressList = std::unique_ptr<::addrinfo, decltype(&::freeaddrinfo)>;

AddressList resolve(const HostAndPort& where, int family)
{
    ::addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    ::addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(where.host.empty() ? nullptr : where.host.c_str(),
                                     where.port.c_str(), &hints, &found);
    if (failed != 0) {
        return {nullptr, &::freeaddrinfo};
    }
    return {found, &::freeaddrinfo};
}

/// A listener, or nothing and `errno`.
Fd try_listen(const ::addrinfo& at)
{
    Fd made{::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!made) {
        return {};
    }
    const int on = 1;
    const int off = 0;
    ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at.ai_family == AF_INET6) {
        ::setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (::bind(made.get(), at.ai_addr, at.ai_addrlen) != 0 || ::listen(made.get(), kBacklog) != 0) {
        const int saved = errno;
        made.reset();
        errno = saved;
    }
    return made;
}

std::string text_of(const ::sockaddr_storage& address, std::uint16_t& port)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        ::sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        port = ntohs(v4.sin_port);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else if (address.ss_family == AF_INET6) {
        ::sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        port = ntohs(v6.sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) { // an IPv4 client of a listener for both
            ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        }
    }
    return text.data();
}

/// What a system call on a socket returned, as a result.
Moved moved(ssize_t count, Moved::State when_not_now) noexcept
{
    if (count > 0) {
        return {Moved::State::some, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
        return {Moved::State::end, 0};
    }
    const bool later = errno == EAGAIN || errno == EINTR;
    return {later ? when_not_now : Moved::State::broken, 0};
}

} // namespace

Fd listen_tcp(std::string_view address)
{
    const HostAndPort where = split_address(address);
    // With IPv6 first, one socket serves both families; a kernel without it has the other.
    for (const int family : {AF_INET6, AF_INET}) {
        if (!where.host.empty() && family == AF_INET) {
            break;
        }
        const AddressList found = resolve(where, where.host.empty() ? family : AF_UNSPEC);
        if (!found) {
            if (where.host.empty()) {
                continue;
            }
            throw Error{Errc::invalid_argument,
                        fmt::format("'{}' is no address to listen on: unknown host", address)};
        }
        if (Fd listener = try_listen(*found)) {
            return listener;
        }
        if (where.host.empty() && family == AF_INET6 &&
            (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
            continue;
        }
        const int saved = errno;
        if (saved == EADDRINUSE || saved == EADDRNOTAVAIL) {
            throw Error{Errc::unavailable,
                        fmt::format("listen on {}: {}", address,
                                    saved == EADDRINUSE ? "the address is in use"
                                                        : "this machine has no such address")};
        }
        throw_system_error(saved, fmt::format("listen on {}", address));
    }
    throw Error{Errc::unavailable, fmt::format("listen on {}: this machine has no IP", address)};
}

std::string local_address(const Fd& listener)
{
    ::sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<::sockaddr*>(&address);
    if (::getsockname(listener.get(), plain, &size) != 0) {
        throw_errno("ask for a listener's address");
    }
    std::uint16_t port = 0;
    const std::string host = text_of(address, port);
    return address.ss_family == AF_INET6 ? fmt::format("[{}]:{}", host, port)
                                         : fmt::format("{}:{}", host, port);
}

std::optional<Accepted> accept_connection(const Fd& listener)
{
    ::sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<::sockaddr*>(&address);
    Accepted accepted{
        Fd{::accept4(listener.get(), plain, &size, SOCK_CLOEXEC | SOCK_NONBLOCK)}, 0, {}, 0};
    if (!accepted.socket) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            throw Error{Errc::exhausted, "no descriptor is left for another connection"};
        }
        return std::nullopt; // nobody there, or already gone again
    }
    accepted.family = address.ss_family;
    if (address.ss_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(accepted.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        accepted.address = text_of(address, accepted.port);
    }
    return accepted;
}

Moved receive(int socket, std::span<std::byte> into) noexcept
{
    return moved(::recv(socket, into.data(), into.size(), MSG_DONTWAIT), Moved::State::not_now);
}

Moved send(int socket, std::string_view first, std::string_view second, MoreFollows more) noexcept
{
    const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more == MoreFollows::yes ? MSG_MORE : 0);
    if (second.empty()) {
        return moved(::send(socket, first.data(), first.size(), flags), Moved::State::not_now_tx);
    }
    std::array<::iovec, 2> parts{{{const_cast<char*>(first.data()), first.size()},
                                  {const_cast<char*>(second.data()), second.size()}}};
    ::msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return moved(::sendmsg(socket, &message, flags), Moved::State::not_now_tx);
}

Moved send_file(int socket, const Fd& file, std::uint64_t offset, std::size_t count) noexcept
{
    auto at = static_cast<::off_t>(offset);
    return moved(::sendfile(socket, file.get(), &at, count), Moved::State::not_now_tx);
}

bool is_cached(const Fd& file, std::uint64_t offset, std::size_t count) noexcept
{
    if (count == 0) {
        return true;
    }
    char byte = 0;
    const ::iovec into{&byte, 1};
    const auto last = static_cast<::off_t>(offset + count - 1);
    return ::preadv2(file.get(), &into, 1, last, RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

void read_ahead(const Fd& file, std::uint64_t offset, std::uint64_t count) noexcept
{
    std::array<std::byte, std::size_t{64} << 10> scratch;
    while (count > 0) {
        const ssize_t got =
            ::pread(file.get(), scratch.data(),
                    static_cast<std::size_t>(std::min<std::uint64_t>(count, scratch.size())),
                    static_cast<::off_t>(offset));
        if (got <= 0) {
            return; // whoever sends it will see why
        }
        offset += static_cast<std::uint64_t>(got);
        count -= static_cast<std::uint64_t>(got);
    }
}

bool wait_for_socket(int socket, Interest interest, std::chrono::milliseconds timeout) noexcept
{
    using Clock = std::chrono::steady_clock;
    short events = 0;
    if (interest != Interest::write) {
        events = static_cast<short>(events | POLLIN);
    }
    if (interest != Interest::read) {
        events = static_cast<short>(events | POLLOUT);
    }
    const Clock::time_point end = Clock::now() + timeout;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        ::pollfd entry{socket, events, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1 << 30)));
        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            return false;
        }
    }
}

void shut_down_sending(int socket) noexcept
{
    ::shutdown(socket, SHUT_WR);
}

void shut_down(int socket) noexcept
{
    ::shutdown(socket, SHUT_RDWR);
}

void reset_on_close(int socket) noexcept
{
    const ::linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void allow_open_files(std::size_t count) noexcept
{
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < count) {
        limit.rlim_cur = std::min<::rlim_t>(count, limit.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace strata::sys
