// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include "base/error.hpp"
#include "base/guarded.hpp"
#include "base/scope_exit.hpp"
#include "http/loop.hpp"
#include "sys/net.hpp"
#include "sys/poll.hpp"
#include "sys/socket.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace strata::http {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kMostLoops = 4;
constexpr int kAcceptedAtOnce = 64;
constexpr std::size_t kOtherFiles = 1024; // descriptors beside the connections'
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{50};

sys::Fd listen(const ServerOptions& options)
{
    if (!options.unix_socket) {
        return sys::listen_tcp(options.address);
    }
    sys::Fd listener = sys::listen_unix(options.address, sys::SocketType::stream, 0660);
    sys::set_nonblocking(listener);
    return listener;
}

unsigned loops_of(const ServerOptions& options)
{
    return options.loops != 0 ? options.loops
                              : std::clamp(std::thread::hardware_concurrency(), 1U, kMostLoops);
}

} // namespace

/// Connections are accepted on the first loop and dealt out in turn: evenly, which SO_REUSEPORT's
/// hashing is not for a handful of clients.
struct Server::State {
    State(const ServerOptions& options, Handler& handler)
        : service{options, handler}
        , listener_fd{listen(options)}
        , address{options.unix_socket ? options.address : sys::local_address(listener_fd)}
    {
        for (unsigned i = 0; i < loops_of(options); ++i) {
            loops.push_back(std::make_unique<Loop>(service));
        }
        pause = std::make_unique<boost::asio::steady_timer>(loops.front()->context());
        listener = std::make_unique<boost::asio::posix::stream_descriptor>(loops.front()->context(),
                                                                           listener_fd.get());
        if (options.tls) {
            tls.with([&](auto& context) { context = make_tls_context(*options.tls); });
        }
        sys::allow_open_files(options.connections + kOtherFiles);
    }
    ~State()
    {
        service.pool
            .stop(); // a job may hold the last reference of a connection, which needs its loop
        if (listening) {
            static_cast<void>(listener->release()); // it is listener_fd's
        }
    }

    void accept_later()
    {
        listener->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                             [this](const auto& error) {
                                 if (!error) {
                                     accept();
                                 }
                             });
    }

    void accept()
    {
        try {
            for (int i = 0; i < kAcceptedAtOnce; ++i) {
                auto accepted = sys::accept_connection(listener_fd);
                if (!accepted) {
                    break;
                }
                deal(std::move(*accepted));
            }
        } catch (const std::exception&) { // no descriptor, or no memory
            make_room();
            pause->expires_after(kPauseWithoutDescriptors);
            pause->async_wait([this](const auto& error) {
                if (!error) {
                    accept_later();
                }
            });
            return;
        }
        accept_later();
    }

    void deal(sys::Accepted&& accepted)
    {
        Loop& loop = *loops[next_loop++ % loops.size()];
        std::shared_ptr<const TlsContext> context =
            tls.with([](const auto& current) { return current; });
        boost::asio::post(loop.context(), [this, &loop, context = std::move(context),
                                           accepted = std::move(accepted)]() mutable {
            try {
                if (service.connections >= service.options.connections &&
                    !loop.close_an_idle_one()) {
                    return; // closed again
                }
                auto session = context ? context->accept(accepted.socket.get()) : nullptr;
                loop.adopt(std::move(accepted), std::move(session));
            } catch (const std::exception&) {
                return; // no memory for it
            }
        });
    }

    void make_room()
    {
        for (const auto& loop : loops) {
            boost::asio::post(loop->context(), [&loop = *loop] { loop.close_an_idle_one(); });
        }
    }

    void drain(Clock::time_point deadline)
    {
        service.draining = true;
        boost::asio::post(loops.front()->context(), [this, deadline] {
            boost::system::error_code ignored;
            listener->cancel(ignored);
            pause->cancel();
            if (std::exchange(listening, false)) {
                static_cast<void>(listener->release());
                listener_fd.reset();
            }
            for (const auto& loop : loops) {
                boost::asio::post(loop->context(),
                                  [&loop = *loop, deadline] { loop.retire(deadline); });
            }
        });
    }

    Service service;
    sys::Fd listener_fd;
    const std::string address;
    std::vector<std::unique_ptr<Loop>> loops;
    std::unique_ptr<boost::asio::posix::stream_descriptor> listener; // of listener_fd
    std::unique_ptr<boost::asio::steady_timer> pause;
    bool listening = true;
    std::size_t next_loop = 0;
    Guarded<std::shared_ptr<const TlsContext>> tls;
    std::atomic<int> drains = 0;
};

Server::Server(const ServerOptions& options, Handler& handler)
    : state_{std::make_unique<State>(options, handler)}
{
}

Server::~Server() = default;

std::string Server::address() const
{
    return state_->address;
}

void Server::run()
{
    std::vector<std::thread> threads;
    const ScopeExit join{[&] {
        for (std::thread& thread : threads) {
            thread.join();
        }
    }};
    for (std::size_t i = 1; i < state_->loops.size(); ++i) {
        threads.emplace_back([&loop = *state_->loops[i]] { loop.run(); });
    }
    state_->accept_later();
    state_->loops.front()->run();
}

void Server::drain(std::chrono::milliseconds patience) noexcept
{
    const bool again = state_->drains++ > 0;
    state_->drain(again ? Clock::now() : Clock::now() + patience);
}

void Server::reload_tls()
{
    if (!state_->service.options.tls) {
        return;
    }
    auto fresh = make_tls_context(*state_->service.options.tls);
    state_->tls.with([&](auto& context) { context = std::move(fresh); });
}

Server::Load Server::load() const noexcept
{
    return {state_->service.connections, state_->service.requests, state_->service.pool.queued()};
}

Response Handler::refuse(std::uint16_t status, std::string_view why)
{
    Response response;
    response.status = status;
    response.field("Content-Type", "text/plain; charset=utf-8");
    response.body = std::string{why} + "\n";
    return response;
}

} // namespace strata::http
