// SPDX-License-Identifier: Apache-2.0
#include "registry/metrics/metrics.hpp"

#include "registry/metrics/process_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

namespace strata::registry {

std::size_t counter_shard() noexcept
{
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t shard =
        next.fetch_add(1, std::memory_order_relaxed) % kCounterShards;
    return shard;
}

namespace {

constexpr auto kHandlerTexts =
    std::to_array<std::string_view>({"base", "manifest", "tags", "blob", "blob-upload",
                                     "blob-upload-chunk", "catalog", "referrers", "other"});
static_assert(kHandlerTexts.size() == kHandlerNames);

constexpr auto kMethodTexts = std::to_array<std::string_view>(
    {"get", "head", "post", "put", "patch", "delete", "options", "unknown"}); // as http::Method

constexpr auto kStatusCodes = std::to_array<std::uint16_t>(
    {200, 201, 202, 204, 206, 301, 302, 304, 307, 308, 400, 401, 403, 404,
     405, 408, 409, 411, 413, 414, 416, 429, 431, 500, 502, 503, 507, 0}); // 0: any other, and none

constexpr auto kActionTexts = std::to_array<std::string_view>(
    {"GetContent", "PutContent", "Reader", "Writer", "Stat", "List", "Move", "Delete"});
static_assert(kActionTexts.size() == kStorageActions);

/// Where each status is in the list, found at once.
constexpr auto kStatusIndexes = [] {
    std::array<std::uint8_t, 600> indexes{};
    indexes.fill(kStatusCodes.size() - 1);
    for (std::size_t i = 0; i + 1 < kStatusCodes.size(); ++i) {
        indexes[kStatusCodes[i]] = static_cast<std::uint8_t>(i);
    }
    return indexes;
}();

std::size_t index_of_status(std::uint16_t status) noexcept
{
    return kStatusIndexes[status < kStatusIndexes.size() ? status : 0];
}

/// Adds one observation to a histogram that begins at `base`.
template <typename Table>
void observe_duration(Table& table, std::size_t base, std::chrono::nanoseconds took) noexcept
{
    const double seconds = std::chrono::duration<double>{took}.count();
    const auto bucket = static_cast<std::size_t>(
        std::ranges::lower_bound(kDurationBuckets, seconds) - kDurationBuckets.begin());
    table.add(base + bucket);
    table.add(base + kDurationBuckets.size() + 1,
              static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
}

template <typename Table>
void observe_size(Table& table, std::size_t base, std::uint64_t bytes) noexcept
{
    const std::uint64_t kib = (bytes + 1023) / 1024;
    const std::size_t bucket =
        kib <= 1 ? 0 : std::min<std::size_t>(std::bit_width(kib - 1), kSizeBuckets);
    table.add(base + bucket);
    table.add(base + kSizeBuckets + 1, bytes);
}

void describe(std::string& out, std::string_view name, std::string_view type, std::string_view help)
{
    fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

/// The lines of one histogram; nothing if nothing was observed.
template <typename Table, typename Bound>
void print_histogram(std::string& out, std::string_view name, std::string_view labels,
                     const Table& table, std::size_t base, std::size_t buckets, Bound&& bound,
                     double unit)
{
    std::uint64_t count = 0;
    std::string lines;
    for (std::size_t i = 0; i <= buckets; ++i) {
        count += table.read(base + i);
        const std::string limit = i == buckets ? "+Inf" : fmt::format("{:g}", bound(i));
        fmt::format_to(std::back_inserter(lines), "{}_bucket{{{},le=\"{}\"}} {}\n", name, labels,
                       limit, count);
    }
    if (count == 0) {
        return;
    }
    const double sum = static_cast<double>(table.read(base + buckets + 1)) * unit;
    fmt::format_to(std::back_inserter(out), "{}{}_sum{{{}}} {}\n{}_count{{{}}} {}\n", lines, name,
                   labels, sum, name, labels, count);
}

constexpr auto kDurationBound = [](std::size_t i) { return kDurationBuckets[i]; };
constexpr auto kSizeBound = [](std::size_t i) {
    return static_cast<double>(std::uint64_t{1024} << i);
};

/// As a label's value.
std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result;
}

void print_notifications(std::string& out, Notifications& notifications)
{
    const auto all = notifications.status();
    describe(out, "registry_notifications_events_total", "counter", "The number of total events");
    for (const auto& one : all) {
        const std::string name = escaped(one.endpoint.name);
        for (const auto& [type, count] :
             {std::pair{"Events", one.events}, std::pair{"Successes", one.successes},
              std::pair{"Failures", one.failures}, std::pair{"Errors", one.errors}}) {
            fmt::format_to(
                std::back_inserter(out),
                "registry_notifications_events_total{{endpoint=\"{}\",type=\"{}\"}} {}\n", name,
                type, count);
        }
    }
    describe(out, "registry_notifications_pending_total", "gauge",
             "The gauge of pending events in queue");
    for (const auto& one : all) {
        fmt::format_to(std::back_inserter(out),
                       "registry_notifications_pending_total{{endpoint=\"{}\"}} {}\n",
                       escaped(one.endpoint.name), one.pending);
    }
    describe(out, "registry_notifications_status_total", "counter", "The number of status code");
    for (const auto& one : all) {
        for (const auto& [status, count] : one.statuses) {
            fmt::format_to(
                std::back_inserter(out),
                "registry_notifications_status_total{{code=\"{} {}\",endpoint=\"{}\"}} {}\n",
                status, http::reason_phrase(static_cast<std::uint16_t>(status)),
                escaped(one.endpoint.name), count);
        }
    }
    describe(out, "registry_notifications_dropped_total", "counter",
             "Pull events that could not be written down in time");
    fmt::format_to(std::back_inserter(out), "registry_notifications_dropped_total {}\n",
                   notifications.dropped());
}

} // namespace

HandlerName handler_of(std::string_view path) noexcept
{
    // A name may hold any of these words, so what counts is what stands before the last component.
    if (path.ends_with("/v2/") || path.ends_with("/v2")) {
        return HandlerName::base;
    }
    if (path.ends_with("/_catalog")) {
        return HandlerName::catalog;
    }
    if (path.ends_with("/tags/list")) {
        return HandlerName::tags;
    }
    if (path.ends_with("/blobs/uploads/") || path.ends_with("/blobs/uploads")) {
        return HandlerName::blob_upload;
    }
    const std::string_view front = path.substr(0, path.rfind('/'));
    if (front.ends_with("/manifests")) {
        return HandlerName::manifest;
    }
    if (front.ends_with("/blobs/uploads")) {
        return HandlerName::blob_upload_chunk;
    }
    if (front.ends_with("/blobs")) {
        return HandlerName::blob;
    }
    if (front.ends_with("/referrers")) {
        return HandlerName::referrers;
    }
    return HandlerName::other;
}

void Metrics::request_ended(HandlerName handler, http::Method method,
                            const http::Outcome& outcome) noexcept
{
    static_assert(kStatusCodes.size() == kStatuses);
    const auto row = static_cast<std::size_t>(handler);
    const std::size_t cell = row * kMethods + static_cast<std::size_t>(method);
    requests_.add(cell * kStatuses + index_of_status(outcome.status));
    observe_duration(durations_, cell * kDurations, outcome.took);
    observe_size(request_sizes_, row * kSizes, outcome.body_taken);
    observe_size(response_sizes_, row * kSizes, outcome.body_sent);
}

void Metrics::storage_action(StorageAction action, std::chrono::nanoseconds took) noexcept
{
    observe_duration(storage_, static_cast<std::size_t>(action) * kDurations, took);
}

void Metrics::print_requests(std::string& out) const
{
    describe(out, "registry_http_requests_total", "counter", "Total number of HTTP requests made.");
    for (std::size_t cell = 0; cell < kHandlerNames * kMethods; ++cell) {
        for (std::size_t status = 0; status < kStatuses; ++status) {
            const std::uint64_t count = requests_.read(cell * kStatuses + status);
            if (count > 0) {
                fmt::format_to(
                    std::back_inserter(out),
                    "registry_http_requests_total{{code=\"{}\",handler=\"{}\",method=\"{}\"}} {}\n",
                    kStatusCodes[status], kHandlerTexts[cell / kMethods],
                    kMethodTexts[cell % kMethods], count);
            }
        }
    }
    describe(out, "registry_http_request_duration_seconds", "histogram",
             "The HTTP request latencies in seconds.");
    for (std::size_t cell = 0; cell < kHandlerNames * kMethods; ++cell) {
        print_histogram(out, "registry_http_request_duration_seconds",
                        fmt::format(R"(handler="{}",method="{}")", kHandlerTexts[cell / kMethods],
                                    kMethodTexts[cell % kMethods]),
                        durations_, cell * kDurations, kDurationBuckets.size(), kDurationBound,
                        1e-9);
    }
    const auto print_sizes = [&](std::string_view name, std::string_view help, const auto& table) {
        describe(out, name, "histogram", help);
        for (std::size_t row = 0; row < kHandlerNames; ++row) {
            print_histogram(out, name, fmt::format(R"(handler="{}")", kHandlerTexts[row]), table,
                            row * kSizes, kSizeBuckets, kSizeBound, 1);
        }
    };
    print_sizes("registry_http_request_size_bytes", "The HTTP request sizes in bytes.",
                request_sizes_);
    print_sizes("registry_http_response_size_bytes", "The HTTP response sizes in bytes.",
                response_sizes_);
}

void Metrics::print_storage(std::string& out) const
{
    describe(out, "registry_storage_action_seconds", "histogram",
             "The number of seconds that the storage action takes");
    for (std::size_t action = 0; action < kStorageActions; ++action) {
        print_histogram(out, "registry_storage_action_seconds",
                        fmt::format(R"(action="{}",driver="filesystem")", kActionTexts[action]),
                        storage_, action * kDurations, kDurationBuckets.size(), kDurationBound,
                        1e-9);
    }
    const auto print = [&](std::string_view name, std::string_view help, CacheEvent event) {
        describe(out, name, "counter", help);
        fmt::format_to(std::back_inserter(out), "{} {}\n", name,
                       cache_.read(static_cast<std::size_t>(event)));
    };
    print("registry_storage_cache_requests_total", "The number of cache request received",
          CacheEvent::request);
    print("registry_storage_cache_hits_total", "The number of cache hits", CacheEvent::hit);
    print("registry_storage_cache_misses_total", "The number of cache misses", CacheEvent::miss);
    print("registry_storage_cache_errors_total", "The number of cache errors", CacheEvent::error);
}

void Metrics::print_proxy(std::string& out) const
{
    const auto print = [&](std::string_view name, std::string_view help, ProxyEvent event) {
        describe(out, name, "counter", help);
        fmt::format_to(std::back_inserter(out),
                       "{0}{{type=\"blob\"}} {1}\n{0}{{type=\"manifest\"}} {2}\n", name,
                       proxied(ProxyKind::blob, event), proxied(ProxyKind::manifest, event));
    };
    print("registry_proxy_requests_total", "The number of total incoming proxy requests received",
          ProxyEvent::request);
    print("registry_proxy_hits_total", "The number of total proxy request hits", ProxyEvent::hit);
    print("registry_proxy_misses_total", "The number of total proxy request misses",
          ProxyEvent::miss);
    print("registry_proxy_pulled_bytes_total", "The size of total bytes pulled from the upstream",
          ProxyEvent::pulled_bytes);
    print("registry_proxy_pushed_bytes_total", "The size of total bytes pushed to the client",
          ProxyEvent::pushed_bytes);
}

std::string Metrics::text(Notifications* notifications, const http::Server::Load& load) const
{
    std::string out;
    print_requests(out);
    describe(out, "registry_http_in_flight_requests", "gauge", "The in-flight HTTP requests.");
    fmt::format_to(std::back_inserter(out), "registry_http_in_flight_requests {}\n", load.requests);
    describe(out, "registry_http_connections", "gauge", "Open connections.");
    fmt::format_to(std::back_inserter(out), "registry_http_connections {}\n", load.connections);
    describe(out, "registry_http_queued_requests", "gauge", "Requests that wait for a worker.");
    fmt::format_to(std::back_inserter(out), "registry_http_queued_requests {}\n", load.queued);
    print_storage(out);
    print_proxy(out);
    if (notifications != nullptr) {
        print_notifications(out, *notifications);
    }
    print_process(out);
    return out;
}

} // namespace strata::registry
