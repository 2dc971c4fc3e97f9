// SPDX-License-Identifier: Apache-2.0
#include "registry/notify/notifications.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;

/// How long a pull may wait for others to be written with, and how many may wait.
constexpr auto kGather = 200ms;
constexpr std::size_t kMostGathered = 100'000;

/// Asked for now and then, for what another process has put into the outbox.
constexpr std::chrono::nanoseconds kLookAgain = 5s;
constexpr std::chrono::nanoseconds kLongestBackoff = 5min;

/// Until the threshold at once, as Distribution; then the back-off, twice as long each time.
std::chrono::nanoseconds delay_after(unsigned attempts, const EndpointConfig& endpoint)
{
    if (attempts < endpoint.threshold) {
        return std::min<std::chrono::nanoseconds>(endpoint.backoff, 50ms);
    }
    const unsigned doublings = std::min(attempts - endpoint.threshold, 16U);
    return std::max(endpoint.backoff,
                    std::min(kLongestBackoff, endpoint.backoff * (1U << doublings)));
}

} // namespace

PostEvents make_event_poster(Outbound outbound)
{
    return [outbound = std::move(outbound)](const EndpointConfig& endpoint,
                                            const std::string& body) {
        const auto timeout =
            std::max(1ms, std::chrono::duration_cast<std::chrono::milliseconds>(endpoint.timeout));
        http::ClientRequest request{
            .method = "POST", .url = endpoint.url, .fields = endpoint.headers, .text = body};
        request.fields.push_back({"Content-Type", std::string{kEventsMediaType}});
        request.connect_timeout = timeout;
        request.total_timeout = timeout;
        return int{outbound(std::move(request)).status};
    };
}

Notifications::Notifications(const NotificationsConfig& config, Metadata& metadata,
                             EventSource source, PostEvents post)
    : metadata_{metadata}
    , source_{std::move(source)}
    , post_{std::move(post)}
    , with_references_{config.include_references}
{
    for (const EndpointConfig& endpoint : config.endpoints) {
        if (!endpoint.disabled) {
            endpoints_.push_back(std::make_unique<Endpoint>());
            endpoints_.back()->config = endpoint;
        }
    }
    for (const auto action :
         {Event::Action::pull, Event::Action::push, Event::Action::mount, Event::Action::remove}) {
        wanted_[static_cast<std::size_t>(action)] =
            std::ranges::any_of(endpoints_, [&](const auto& endpoint) {
                return std::ranges::count(endpoint->config.ignored_actions, name_of(action)) == 0;
            });
    }
    if (endpoints_.empty()) {
        return;
    }
    writer_ = std::thread{[this] { run_writer(); }};
    for (const auto& endpoint : endpoints_) {
        endpoint->thread = std::thread{[this, one = endpoint.get()] { run_endpoint(*one); }};
    }
}

Notifications::~Notifications()
{
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    if (writer_.joinable()) {
        writer_.join();
    }
    for (const auto& endpoint : endpoints_) {
        endpoint->thread.join();
    }
}

bool Notifications::takes(const EndpointConfig& endpoint, const Event& event)
{
    return std::ranges::count(endpoint.ignored_actions, name_of(event.action)) == 0 &&
           std::ranges::count(endpoint.ignored_media_types, event.media_type) == 0;
}

void Notifications::record(Event event)
{
    if (!wants(event.action)) {
        return;
    }
    const std::scoped_lock order{writing_};
    std::vector<Event> events;
    {
        const std::scoped_lock lock{mutex_};
        events.swap(soon_);
    }
    events.push_back(std::move(event));
    write(std::move(events));
}

void Notifications::record_soon(Event event)
{
    if (!wants(event.action)) {
        return;
    }
    bool first = false;
    {
        const std::scoped_lock lock{mutex_};
        if (soon_.size() >= kMostGathered) {
            dropped_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        first = soon_.empty();
        soon_.push_back(std::move(event));
    }
    if (first) {
        changed_.notify_all();
    }
}

void Notifications::flush()
{
    const std::scoped_lock order{writing_};
    std::vector<Event> events;
    {
        const std::scoped_lock lock{mutex_};
        events.swap(soon_);
    }
    write(std::move(events));
}

/// A pull comes without them: it is told of by a loop thread, which has no time to look them up.
void Notifications::add_references(Event& event)
{
    if (!with_references_ || event.action != Event::Action::pull || !event.digest) {
        return;
    }
    if (const auto manifest = metadata_.find_manifest(event.repository, *event.digest)) {
        event.references = references_of(*manifest->bytes);
    }
}

/// Under `writing_`.
void Notifications::write(std::vector<Event> events)
{
    std::vector<std::pair<std::string, std::string>> entries;
    for (Event& event : events) {
        add_references(event);
        const std::string text = print_event(event, random_uuid(), source_, with_references_);
        for (const auto& endpoint : endpoints_) {
            if (takes(endpoint->config, event)) {
                entries.emplace_back(endpoint->config.name, text);
                const std::scoped_lock lock{endpoint->mutex};
                ++endpoint->events;
            }
        }
    }
    if (entries.empty()) {
        return;
    }
    metadata_.add_events(entries);
    {
        const std::scoped_lock lock{mutex_};
        ++written_;
    }
    changed_.notify_all();
}

void Notifications::run_writer()
{
    for (;;) {
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [&] { return stopping_ || !soon_.empty(); });
            if (!stopping_) {
                changed_.wait_for(lock, kGather, [&] { return stopping_; });
            }
            if (stopping_ && soon_.empty()) {
                return;
            }
        }
        try {
            flush();
        } catch (const Error&) {
            // The disk may be full or the database locked: these pulls are not worth a registry.
            dropped_.fetch_add(1, std::memory_order_relaxed);
        }
    }
}

void Notifications::run_endpoint(Endpoint& endpoint)
{
    for (;;) {
        std::uint64_t seen = 0;
        {
            const std::scoped_lock lock{mutex_};
            if (stopping_) {
                return;
            }
            seen = written_;
        }
        bool delivered = false;
        try {
            delivered = deliver_one(endpoint);
        } catch (const Error&) { // the database, not the endpoint: it will be asked again
        }
        if (!delivered) {
            wait_for_events(seen, std::min(kLookAgain, endpoint.config.backoff));
        }
    }
}

void Notifications::wait_for_events(std::uint64_t seen, std::chrono::nanoseconds patience)
{
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [&] { return stopping_ || written_ != seen; });
}

/// The next one, if its turn has come. False: there is nothing to do now.
bool Notifications::deliver_one(Endpoint& endpoint)
{
    const std::vector<OutboxEntry> due = metadata_.due_events(now());
    const auto entry = std::ranges::find(due, endpoint.config.name, &OutboxEntry::endpoint);
    if (entry == due.end()) {
        return false;
    }
    int status = 0;
    std::string error;
    try {
        status = post_(endpoint.config, envelope(entry->event));
    } catch (const Error& failure) {
        error = failure.what();
    }
    const bool taken = status >= 200 && status < 400;
    {
        const std::scoped_lock lock{endpoint.mutex};
        endpoint.successes += taken ? 1 : 0;
        endpoint.failures += !taken && status != 0 ? 1 : 0;
        endpoint.errors += status == 0 ? 1 : 0;
        if (status != 0) {
            ++endpoint.statuses[status];
        }
    }
    if (taken) {
        metadata_.event_delivered(entry->id, status);
        return true;
    }
    const std::chrono::nanoseconds delay = delay_after(entry->attempts + 1, endpoint.config);
    metadata_.event_failed(entry->id, status, error, now() + delay);
    {
        std::unique_lock lock{mutex_};
        // Somebody may bring it forward meanwhile.
        changed_.wait_for(lock, std::min(delay, kLookAgain), [&] { return stopping_; });
    }
    return true;
}

std::vector<Notifications::Status> Notifications::status()
{
    std::vector<Status> result;
    for (const auto& endpoint : endpoints_) {
        Status status{.endpoint = endpoint->config};
        status.pending = metadata_.pending_events(endpoint->config.name);
        const std::scoped_lock lock{endpoint->mutex};
        status.events = endpoint->events;
        status.successes = endpoint->successes;
        status.failures = endpoint->failures;
        status.errors = endpoint->errors;
        status.statuses = endpoint->statuses;
        result.push_back(std::move(status));
    }
    return result;
}

} // namespace strata::registry
