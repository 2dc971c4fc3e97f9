// SPDX-License-Identifier: Apache-2.0
//
// Talking to http and https servers, with bodies as streams. libcurl does the work, and is loaded
// only when somebody does: it and its thirty libraries would cost every other command three
// milliseconds.
//
// Servers are verified against the system's certificates, or those of SSL_CERT_FILE and
// SSL_CERT_DIR. Proxies come from http_proxy, https_proxy, all_proxy and no_proxy, in either case.
// Bodies are given as sent: nothing is inflated.
#pragma once

#include "http/message.hpp"
#include "io/source.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace strata::http {

/// Whether `text` names something to fetch: "http://" or "https://", in any case.
bool is_url(std::string_view text) noexcept;

struct ClientRequest {
    std::string method = "GET";
    std::string url{};
    /// "Authorization" is never sent on to another host, port or protocol.
    std::vector<Field> fields{};

    /// What is sent: the text, or what the source gives, which goes out chunked when its length is
    /// not known. What the source throws comes out of the call that sent it.
    std::string text{};
    io::SourcePtr stream{};
    std::optional<std::uint64_t> stream_length{};

    /// Of GET and HEAD; http and https only, and from https to https only. 0 gives the redirecting
    /// answer itself, as do all other methods.
    int max_redirects = 10;
    std::chrono::milliseconds connect_timeout{30'000};
    std::chrono::milliseconds stall_timeout{60'000}; // without a byte; whole seconds
    std::chrono::milliseconds total_timeout{0};      // until the body's end; 0: none
    std::uint64_t max_bytes =
        std::numeric_limits<std::uint64_t>::max(); // of the answer; more is Errc::exhausted
    std::stop_token stop{};
};

struct ClientResponse {
    std::uint16_t status = 0;
    std::vector<Field> fields{};
    /// From the network as it is read, with a few hundred KiB in memory. Dropping it before its end
    /// ends the connection. May outlive the Client, and be read on another thread.
    io::SourcePtr body{};
    std::optional<std::uint64_t> length{}; // as announced
    std::string url{};                     // where it came from, after redirects

    /// The first of that name, in any case.
    std::optional<std::string_view> field(std::string_view name) const noexcept;
};

struct ClientOptions {
    std::string ca_file{}; // PEM; trusted instead of the system's
    enum class Verify : bool { no, yes };
    Verify verify = Verify::yes;
    std::string certificate{}; // PEM files, where servers want to know us
    std::string key{};
    std::string user_agent = "strata";
    std::size_t idle_connections = 16; // kept for the next request
};

/// Sends requests, and keeps connections for the next ones. From any number of threads at once.
class Client {
public:
    explicit Client(ClientOptions options = {});

    /// Returns when the header has come; any status is an answer. Throws, here and while the body
    /// is read: Errc::unavailable (no connection, a timeout, a body cut short), denied (a
    /// certificate that cannot be verified), invalid_argument (not a URL, a malformed field),
    /// exhausted, cancelled, unsupported (no libcurl on this machine).
    ClientResponse send(ClientRequest request) const;

private:
    std::shared_ptr<const ClientOptions> options_;
    std::shared_ptr<class ConnectionPool> pool_;
};

struct GetOptions {
    int max_redirects = 10;
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds stall_timeout{60};
    std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max();
    std::stop_token stop{};
};

/// The body of `url`, with what the server said its length would be; 0 when it did not.
struct Download {
    io::SourcePtr body;
    std::uint64_t length = 0;
};

/// One thing, over a connection of its own. As Client::send, and what is no success throws: 401 is
/// Errc::unauthorized, 403 denied, 404 and 410 not_found, others unavailable.
Download get(const std::string& url, const GetOptions& options = {});

} // namespace strata::http
