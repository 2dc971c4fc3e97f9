// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a connection, in the clear or through TLS. Nothing here waits: a result says what to
// wait for. Used by one thread at a time.
#pragma once

#include "http/tls.hpp"
#include "sys/net.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace strata::http {

class Transport {
public:
    /// Borrows the socket; without `tls` in the clear.
    Transport(int socket, std::unique_ptr<TlsSession> tls) : socket_{socket}, tls_{std::move(tls)}
    {
    }

    int socket() const noexcept { return socket_; }
    TlsSession* tls() const noexcept { return tls_.get(); }

    sys::Moved read(std::span<std::byte> into) noexcept
    {
        return tls_ ? tls_->read(into) : sys::receive(socket_, into);
    }

    /// `first`, then `second`, as far as they are taken.
    sys::Moved write(std::string_view first, std::string_view second = {},
                     sys::MoreFollows more = sys::MoreFollows::no) noexcept
    {
        if (tls_) {
            return tls_->write(first.empty() ? second : first);
        }
        return first.empty() ? sys::send(socket_, second, {}, more)
                             : sys::send(socket_, first, second, more);
    }

    sys::Moved write_file(const sys::Fd& file, std::uint64_t offset, std::size_t count) noexcept
    {
        return tls_ ? tls_->write_file(file, offset, count)
                    : sys::send_file(socket_, file, offset, count);
    }

private:
    int socket_;
    std::unique_ptr<TlsSession> tls_;
};

} // namespace strata::http
