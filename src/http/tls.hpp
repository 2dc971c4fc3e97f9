// SPDX-License-Identifier: Apache-2.0
//
// TLS for the server's connections. Only this and tls.cpp know OpenSSL.
#pragma once

#include "http/server.hpp"
#include "sys/net.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace strata::http {

/// One connection's encryption. Everything is tried at once; a result says what to wait for.
class TlsSession {
public:
    virtual ~TlsSession() = default;

    /// `some` when it is done, and then for ever.
    virtual sys::Moved handshake() noexcept = 0;
    virtual sys::Moved read(std::span<std::byte> into) noexcept = 0;
    virtual sys::Moved write(std::string_view text) noexcept = 0;
    virtual sys::Moved write_file(const sys::Fd& file, std::uint64_t offset,
                                  std::size_t count) noexcept = 0;
    /// Tells the other side that this end was meant.
    virtual void say_goodbye() noexcept = 0;
    /// Of the client's verified certificate, as RFC 2253 writes it; empty if there is none.
    virtual std::string peer_subject() const = 0;
};

/// Certificate, key and rules, as they were when it was made.
class TlsContext {
public:
    virtual ~TlsContext() = default;
    virtual std::unique_ptr<TlsSession> accept(int socket) const = 0;
};

/// Reads all files. Throws Errc::invalid_argument for what is wrong with them or the options,
/// not_found when one is missing.
std::shared_ptr<const TlsContext> make_tls_context(const TlsOptions& options);

} // namespace strata::http
