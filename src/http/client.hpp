// SPDX-License-Identifier: Apache-2.0
//
// Fetching things from http and https servers, as a stream. libcurl does the work, and is loaded
// only when somebody fetches something: it and its thirty libraries would cost every other command
// three milliseconds.
#pragma once

#include "io/source.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>

namespace strata::http {

struct GetOptions {
    int max_redirects = 10;
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds stall_timeout{60}; // without a single byte
    std::uint64_t max_bytes =
        std::numeric_limits<std::uint64_t>::max(); // of the body; more is Errc::exhausted
    std::stop_token stop{};
};

/// Whether `text` names something to fetch: "http://" or "https://", in any case.
bool is_url(std::string_view text) noexcept;

/// The body of `url`, with what the server said its length would be; 0 when it did not.
struct Download {
    io::SourcePtr body;
    std::uint64_t length = 0;
};

/// Fetches `url`, following redirects (http and https only, and from https to https only). Returns
/// when the header has come; the body is read from the network as it is consumed, with no more than
/// a few hundred KiB in memory.
///
/// Servers are verified against the system's certificates, or those of SSL_CERT_FILE and
/// SSL_CERT_DIR. Proxies come from http_proxy, https_proxy, all_proxy and no_proxy, in either case.
/// The body is given as sent: nothing is inflated.
///
/// Throws, here and while reading: Errc::not_found (404, 410), denied (401, 403, a certificate that
/// cannot be verified), unavailable (no connection, a timeout, another status, a body cut short),
/// invalid_argument (not a URL), exhausted, cancelled, unsupported (no libcurl on this machine).
Download get(const std::string& url, const GetOptions& options = {});

} // namespace strata::http
