// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/metrics/health.hpp"
#include "registry/outbound.hpp"
#include "sys/file.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace strata::registry {
namespace {

using boost::asio::ip::tcp;

std::chrono::milliseconds in_milliseconds(Interval interval)
{
    return std::max(std::chrono::milliseconds{1},
                    std::chrono::duration_cast<std::chrono::milliseconds>(interval));
}

void check_storage(const std::string& root)
{
    if (!sys::find_status(root)) {
        throw Error{Errc::not_found, fmt::format("{} is gone", root)};
    }
    sys::free_bytes(root); // answers for a file system that is alive
}

void check_file(const HealthConfig::Check& check)
{
    if (sys::find_status(check.target)) {
        throw Error{Errc::conflict, "file exists"};
    }
}

void check_url(const Outbound& outbound, const HealthConfig::Check& check)
{
    http::ClientRequest request{.method = "HEAD", .url = check.target, .fields = check.headers};
    request.connect_timeout = in_milliseconds(check.timeout);
    request.total_timeout = in_milliseconds(check.timeout);
    const http::ClientResponse response = outbound(std::move(request));
    if (response.status != check.status) {
        throw Error{
            Errc::unavailable,
            fmt::format("downstream service returned unexpected status: {}", response.status)};
    }
}

void check_address(const HealthConfig::Check& check)
{
    const std::size_t colon = check.target.rfind(':');
    if (colon == std::string::npos) {
        throw Error{Errc::invalid_argument, fmt::format("{}: missing port", check.target)};
    }
    std::string host = check.target.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    boost::asio::io_context context;
    tcp::resolver resolver{context};
    tcp::socket socket{context};
    boost::system::error_code result = boost::asio::error::timed_out;
    resolver.async_resolve(
        host, check.target.substr(colon + 1), [&](const auto& error, const auto& addresses) {
            result = error;
            if (!error) {
                result = boost::asio::error::timed_out;
                boost::asio::async_connect(
                    socket, addresses, [&](const auto& failure, const auto&) { result = failure; });
            }
        });
    context.run_for(in_milliseconds(check.timeout));
    if (result) {
        throw Error{Errc::unavailable,
                    fmt::format("connection to {} failed: {}", check.target, result.message())};
    }
}

} // namespace

HealthProbes make_health_probes(const StorageConfig& storage)
{
    return {.storage = [root = storage.root] { check_storage(root); },
            .file = check_file,
            .url = [outbound = make_outbound()](
                       const HealthConfig::Check& check) { check_url(outbound, check); },
            .address = check_address};
}

} // namespace strata::registry
