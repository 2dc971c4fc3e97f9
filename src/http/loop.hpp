// SPDX-License-Identifier: Apache-2.0
//
// One thread of the server, and the connections that are its own.
#pragma once

#include "http/connection.hpp"
#include "http/rate_limiter.hpp"
#include "http/response_head.hpp"
#include "http/server.hpp"
#include "http/worker_pool.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata::http {

/// What all connections of a server share.
struct Service {
    Service(const ServerOptions& settings, Handler& for_requests);

    const ServerOptions options;
    const HeadLimits head_limits;
    Handler& handler;
    WorkerPool pool;
    std::optional<RateLimiter> limiter;
    std::atomic<bool> draining = false;
    std::atomic<std::size_t> connections = 0;
    std::atomic<std::size_t> requests = 0;
};

class Loop {
public:
    using Clock = std::chrono::steady_clock;

    explicit Loop(Service& service);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// Until retire() was called and its last connection has gone.
    void run();

    boost::asio::io_context& context() noexcept { return context_; }
    Service& service() noexcept { return service_; }
    std::string_view date_line() { return date_.get(); }

    /// An empty string that has memory, for an answer; and back. Connections that wait have none.
    std::string lend_scratch() noexcept { return std::exchange(scratch_, {}); }
    void take_back(std::string&& scratch) noexcept
    {
        scratch_ = std::move(scratch);
        scratch_.clear();
    }

    // On its own thread:
    void adopt(sys::Accepted&& accepted, std::unique_ptr<TlsSession> tls);
    void remove(Connection& connection) noexcept;
    /// Makes room by closing what has been idle for longest; false when nothing is.
    bool close_an_idle_one();
    /// No new requests; at `deadline` what is left is broken off.
    void retire(Clock::time_point deadline);

private:
    void sweep_later();
    void sweep();
    void stop_if_done();

    Service& service_;
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_;
    boost::asio::steady_timer sweeper_;
    std::chrono::milliseconds pace_;
    std::vector<std::shared_ptr<Connection>> connections_;
    DateLine date_;
    std::string scratch_;
    std::optional<Clock::time_point> break_off_at_;
};

} // namespace strata::http
