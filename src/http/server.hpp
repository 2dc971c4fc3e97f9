// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server: an asynchronous edge around handlers that are ordinary, blocking functions.
//
// A few loop threads hold every connection that waits: for its next request, for the rest of a
// header, or for its client to take more of an answer. Answers from memory are given right there.
// Everything else is handed to a bounded pool of workers; what a handler returns goes back to the
// loop, which sends it (files by sendfile), so that a slow client never holds a worker. Only bodies
// that come in, and answers that are made while they are sent, occupy one.
#pragma once

#include "http/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace strata::http {

/// What came after the header of a request; empty if nothing did. Reading it answers
/// "Expect: 100-continue". Throws Errc::unavailable when the client goes away or is silent for too
/// long, Errc::exhausted beyond the limit, Errc::invalid_argument for broken chunks.
using Body = io::Source;

/// How a request ended; for logs and counters.
struct Outcome {
    std::uint16_t status = 0;     // 0: broken off before there was one
    std::uint64_t body_sent = 0;  // bytes
    std::uint64_t body_taken = 0; // bytes
    bool complete = false;        // all of it went out
    std::chrono::steady_clock::duration took{};
};

/// What a server serves. Called from many threads at once.
class Handler {
public:
    virtual ~Handler() = default;

    /// On a loop thread, for requests without a body: answers what can be answered without waiting
    /// for anything, not even a lock that is held for long; nothing otherwise. What it throws
    /// becomes a 500.
    virtual std::optional<Response> answer_at_once(const Request&) { return std::nullopt; }

    /// On a worker's thread; may block. What it throws becomes a 500, and is given to failed().
    virtual Response handle(const Request& request, Body& body) = 0;

    /// The answer to what never becomes a Request or never reaches a handler: a malformed one
    /// (400), too large (413, 431), too slow (408), over the limits (429, 503), or a handler that
    /// threw (500).
    virtual Response refuse(std::uint16_t status, std::string_view why);

    /// After each request, on its loop's thread. Must be quick.
    virtual void finished(const Request&, const Outcome&) {}
    /// What handle() or answer_at_once() threw, or a streamed body while it was sent.
    virtual void failed(const Request&, const std::exception&) {}
};

struct TlsOptions {
    std::string certificate{}; // files, PEM; the chain
    std::string key{};
    std::vector<std::string> client_cas{}; // who vouches for clients' certificates
    /// As in Go: only the last two look at who has signed a certificate, and only those give its
    /// subject to handlers. Without authorities they mean none.
    enum class ClientAuth : std::uint8_t { none, request, require_any, verify_if_given, require };
    ClientAuth client_auth = ClientAuth::require;
    enum class Minimum : std::uint8_t { tls_1_0, tls_1_1, tls_1_2, tls_1_3 };
    Minimum minimum = Minimum::tls_1_2;
    std::vector<std::string> cipher_suites{}; // OpenSSL's names; empty for its defaults
};

struct ServerOptions {
    /// "host:port", ":port" (all interfaces, both families), "[::1]:0", or a path with `unix`.
    std::string address = ":5000";
    bool unix_socket = false;
    std::optional<TlsOptions> tls{};

    unsigned loops = 0; // threads; 0: as many as there are processors, 4 at most
    /// Requests at work on threads, which are started when needed. A quarter of them never is one
    /// with a body or a streamed answer. While these wait for their clients they do not count.
    unsigned workers = 64;
    std::size_t queue = 1024; // requests that wait for a worker; beyond it: 503 with Retry-After
    std::size_t connections = 10'000; // beyond it, idle ones are closed, then new ones
    std::size_t header_bytes = 64 << 10;
    std::uint64_t body_bytes = std::uint64_t{1} << 40;
    std::chrono::milliseconds header_timeout{10'000}; // for a whole header, from its first byte
    std::chrono::milliseconds idle_timeout{120'000};  // between requests
    std::chrono::milliseconds stall_timeout{60'000};  // without a byte of a body, either way
    double requests_per_second = 0; // of one client's address; 0: no limit (429, Retry-After)
    double burst = 0;               // how many it may save up; 0: one second's
};

/// Serves until it is stopped.
class Server {
public:
    /// Listens; connections are accepted once run() is called. Throws Errc::unavailable when the
    /// address is taken, invalid_argument when it is none, and what is wrong with the certificates.
    /// Raises the process's limit of open files to what `connections` needs, as far as allowed.
    Server(const ServerOptions& options, Handler& handler);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Where it listens: "127.0.0.1:41873".
    std::string address() const;

    /// Until drain() has ended. Runs the first loop on the calling thread.
    void run();

    /// From any thread: takes no new connections, lets the requests at hand end within `patience`,
    /// then breaks off what is left. The second call breaks off at once.
    void drain(std::chrono::milliseconds patience) noexcept;

    /// From any thread: reads certificate and key again for the connections to come. Throws, and
    /// keeps the old ones, when the new ones are no good.
    void reload_tls();

    /// Open connections, and how many of them are in a request. From any thread.
    struct Load {
        std::size_t connections = 0;
        std::size_t requests = 0;
        std::size_t queued = 0;
    };
    Load load() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::http
