// SPDX-License-Identifier: Apache-2.0
#include "http/loop.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace strata::http {
namespace {

using std::chrono::milliseconds;

/// How often deadlines are looked at: a quarter of the shortest, at most once a second.
milliseconds pace_of(const ServerOptions& options)
{
    const milliseconds shortest =
        std::min({options.header_timeout, options.idle_timeout, options.stall_timeout});
    return std::clamp(shortest / 4, milliseconds{5}, milliseconds{1000});
}

} // namespace

Service::Service(const ServerOptions& settings, Handler& for_requests)
    : options{settings}
    , head_limits{.bytes = settings.header_bytes}
    , handler{for_requests}
    , pool{{.places = settings.workers, .queue = settings.queue}}
{
    if (settings.requests_per_second > 0) {
        limiter.emplace(settings.requests_per_second, settings.burst);
    }
}

Loop::Loop(Service& service)
    : service_{service}
    , stay_{boost::asio::make_work_guard(context_)}
    , sweeper_{context_}
    , pace_{pace_of(service.options)}
{
}

Loop::~Loop() = default;

void Loop::run()
{
    sweep_later();
    context_.run();
}

void Loop::adopt(sys::Accepted&& accepted, std::unique_ptr<TlsSession> tls)
{
    StreamSocket socket{context_};
    boost::system::error_code failed;
    socket.assign({accepted.family, 0}, accepted.socket.get(), failed);
    if (failed) {
        return;
    }
    static_cast<void>(accepted.socket.release());
    Peer peer;
    peer.address = std::move(accepted.address);
    peer.port = accepted.port;
    peer.secure = tls != nullptr;
    auto connection =
        std::make_shared<Connection>(*this, std::move(socket), std::move(peer), std::move(tls));
    connection->place = connections_.size();
    connections_.push_back(connection);
    ++service_.connections;
    connection->start();
}

void Loop::remove(Connection& connection) noexcept
{
    const std::size_t place = connection.place;
    std::swap(connections_[place], connections_.back());
    connections_[place]->place = place;
    const std::shared_ptr<Connection> last = std::move(connections_.back());
    connections_.pop_back();
    --service_.connections;
    stop_if_done();
}

bool Loop::close_an_idle_one()
{
    const auto is_busier = [](const auto& a, const auto& b) {
        return a->idle() != b->idle() ? a->idle() : a->deadline() < b->deadline();
    };
    const auto found = std::ranges::min_element(connections_, is_busier);
    if (found == connections_.end() || !(*found)->idle()) {
        return false;
    }
    const std::shared_ptr<Connection> connection = *found;
    connection->retire();
    return true;
}

void Loop::retire(Clock::time_point deadline)
{
    break_off_at_ = deadline;
    for (std::size_t i = connections_.size(); i-- > 0;) {
        const std::shared_ptr<Connection> connection = connections_[i];
        connection->retire();
    }
    sweep();
    stop_if_done();
}

void Loop::sweep_later()
{
    sweeper_.expires_after(break_off_at_ ? std::min(pace_, milliseconds{20}) : pace_);
    sweeper_.async_wait([this](const auto& error) {
        if (!error) {
            sweep();
        }
    });
}

void Loop::sweep()
{
    // From the end: who goes away is replaced by one that was looked at already.
    const Clock::time_point now = Clock::now();
    const bool break_off = break_off_at_ && now >= *break_off_at_;
    for (std::size_t i = connections_.size(); i-- > 0;) {
        const std::shared_ptr<Connection> connection = connections_[i];
        if (break_off) {
            connection->break_off();
        } else {
            connection->check_deadline(now);
        }
    }
    sweep_later();
}

void Loop::stop_if_done()
{
    if (break_off_at_ && connections_.empty()) {
        stay_.reset();
        context_.stop();
    }
}

} // namespace strata::http
