// SPDX-License-Identifier: Apache-2.0
//
// Telling endpoints what happened. Events are written into the outbox of the database before the
// request that caused them is answered, and leave it once an endpoint has taken them: nothing is
// lost by a restart, and each endpoint hears of everything in order.
#pragma once

#include "registry/config/config.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/notify/event.hpp"
#include "registry/outbound.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace strata::registry {

/// Posts `body` to an endpoint and returns the status of the answer, after redirects. Throws if
/// there was none.
using PostEvents = std::function<int(const EndpointConfig& endpoint, const std::string& body)>;

PostEvents make_event_poster(Outbound outbound = make_outbound());

/// Safe to use from any thread.
class Notifications {
public:
    /// Begins to deliver what is waiting. Borrows `metadata`.
    Notifications(const NotificationsConfig& config, Metadata& metadata, EventSource source,
                  PostEvents post);
    Notifications(const Notifications&) = delete;
    Notifications& operator=(const Notifications&) = delete;
    /// Writes down what is not written yet, and stops; a post at hand is waited for.
    ~Notifications();

    /// Whether somebody wants to hear of this, for callers to whom making an event is work.
    bool wants(Event::Action action) const noexcept
    {
        return wanted_[static_cast<std::size_t>(action)];
    }

    /// In the outbox when it returns, after everything that was recorded before.
    void record(Event event);
    /// Written soon, with others together: for pulls, of which there are many. Never waits.
    void record_soon(Event event);
    /// Returns once everything that was recorded before is in the outbox.
    void flush();

    /// For /debug/vars and the metrics.
    struct Status {
        EndpointConfig endpoint;
        std::uint64_t pending = 0;
        std::uint64_t events = 0;
        std::uint64_t successes = 0;
        std::uint64_t failures = 0; // answers that were not 2xx or 3xx
        std::uint64_t errors = 0;   // no answer
        std::map<int, std::uint64_t> statuses{};
    };
    std::vector<Status> status();
    /// Pulls that were dropped because the database could not keep up.
    std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    struct Endpoint {
        EndpointConfig config;
        std::mutex mutex;
        std::uint64_t events = 0;
        std::uint64_t successes = 0;
        std::uint64_t failures = 0;
        std::uint64_t errors = 0;
        std::map<int, std::uint64_t> statuses;
        std::thread thread;
    };

    static bool takes(const EndpointConfig& endpoint, const Event& event);
    void add_references(Event& event);
    void write(std::vector<Event> events);
    void run_writer();
    void run_endpoint(Endpoint& endpoint);
    bool deliver_one(Endpoint& endpoint);
    void wait_for_events(std::uint64_t seen, std::chrono::nanoseconds patience);

    Metadata& metadata_;
    EventSource source_;
    PostEvents post_;
    bool with_references_;
    std::array<bool, 4> wanted_{};
    std::vector<std::unique_ptr<Endpoint>> endpoints_;

    std::mutex writing_; // held while events go into the outbox, which is what orders them
    std::mutex mutex_;   // of what follows
    std::condition_variable changed_;
    std::vector<Event> soon_;
    std::uint64_t written_ = 0; // counts writes, to wake deliverers
    bool stopping_ = false;
    std::atomic<std::uint64_t> dropped_{0};
    std::thread writer_;
};

} // namespace strata::registry
