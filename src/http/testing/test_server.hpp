// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/server.hpp"
#include "http/testing/raw_client.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace strata::http::testing {

/// A handler made of functions, which remembers how requests ended.
class TestHandler final : public Handler {
public:
    std::function<std::optional<Response>(const Request&)> at_once;
    std::function<Response(const Request&, Body&)> work;

    std::optional<Response> answer_at_once(const Request& request) override
    {
        return at_once ? at_once(request) : std::nullopt;
    }
    Response handle(const Request& request, Body& body) override { return work(request, body); }
    void finished(const Request& request, const Outcome& outcome) override
    {
        const std::scoped_lock lock{mutex_};
        outcomes_.push_back(outcome);
        paths_.emplace_back(request.path());
        changed_.notify_all();
    }
    void failed(const Request&, const std::exception& error) override
    {
        const std::scoped_lock lock{mutex_};
        failures_.emplace_back(error.what());
        changed_.notify_all();
    }

    /// The outcomes so far, once there are `count`.
    std::vector<Outcome> outcomes(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, std::chrono::seconds{60},
                          [&] { return outcomes_.size() >= count; });
        return outcomes_;
    }
    std::vector<std::string> paths()
    {
        const std::scoped_lock lock{mutex_};
        return paths_;
    }
    std::vector<std::string> failures()
    {
        const std::scoped_lock lock{mutex_};
        return failures_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Outcome> outcomes_;
    std::vector<std::string> paths_;
    std::vector<std::string> failures_;
};

inline ServerOptions on_loopback(ServerOptions options = {})
{
    options.address = "127.0.0.1:0";
    return options;
}

/// A server that runs as long as this lives.
class TestServer {
public:
    explicit TestServer(Handler& handler, ServerOptions options = {})
        : server{on_loopback(std::move(options)), handler}, thread_{[this] { server.run(); }}
    {
    }
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;
    ~TestServer()
    {
        if (thread_.joinable()) {
            server.drain(std::chrono::milliseconds{0});
            thread_.join();
        }
    }

    RawClient connect() const { return RawClient{server.address()}; }
    RawResponse ask(std::string_view request) const { return connect().ask(request); }
    std::string url(const std::string& path) const { return "http://" + server.address() + path; }

    /// After a drain.
    void wait_for_end() { thread_.join(); }

    Server server;

private:
    std::thread thread_;
};

} // namespace strata::http::testing
