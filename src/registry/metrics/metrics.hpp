// SPDX-License-Identifier: Apache-2.0
//
// What a registry counts, under the names that Distribution gives it, for Prometheus.
#pragma once

#include "http/server.hpp"
#include "registry/metrics/counters.hpp"
#include "registry/notify/notifications.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace strata::registry {

/// What a request is for; Distribution's label `handler`.
enum class HandlerName : std::uint8_t {
    base,
    manifest,
    tags,
    blob,
    blob_upload,
    blob_upload_chunk,
    catalog,
    referrers,
    other, // tokens, searches, what is not found
};
inline constexpr std::size_t kHandlerNames = 9;

/// By its path, below the prefix; without looking at more than its end.
HandlerName handler_of(std::string_view path) noexcept;

/// What Distribution's storage driver would have been asked to do.
enum class StorageAction : std::uint8_t {
    get_content,
    put_content,
    reader,
    writer,
    stat,
    list,
    move,
    remove
};
inline constexpr std::size_t kStorageActions = 8;

enum class CacheEvent : std::uint8_t { request, hit, miss, error };

enum class ProxyKind : std::uint8_t { blob, manifest };
enum class ProxyEvent : std::uint8_t { request, hit, miss, pulled_bytes, pushed_bytes };

/// Durations or sizes, in buckets.
template <std::size_t Buckets>
struct Histogram {
    // the buckets, then +Inf, then the sum
    static constexpr std::size_t kSize = Buckets + 2;
};

inline constexpr auto kDurationBuckets =
    std::to_array<double>({.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 60});
inline constexpr std::size_t kSizeBuckets = 22; // 1 KiB, doubled: up to 2 GiB

/// Adding is lock-free, and cheap enough for every request: some ten relaxed additions.
class Metrics {
public:
    void request_ended(HandlerName handler, http::Method method,
                       const http::Outcome& outcome) noexcept;
    void storage_action(StorageAction action, std::chrono::nanoseconds took) noexcept;
    void cache(CacheEvent event) noexcept { cache_.add(static_cast<std::size_t>(event)); }
    void proxy(ProxyKind kind, ProxyEvent event, std::uint64_t amount = 1) noexcept
    {
        proxy_.add(static_cast<std::size_t>(kind) * kProxyEvents + static_cast<std::size_t>(event),
                   amount);
    }
    std::uint64_t proxied(ProxyKind kind, ProxyEvent event) const noexcept
    {
        return proxy_.read(static_cast<std::size_t>(kind) * kProxyEvents +
                           static_cast<std::size_t>(event));
    }

    /// Everything, in Prometheus' text format. `notifications` may be null.
    std::string text(Notifications* notifications, const http::Server::Load& load) const;

private:
    static constexpr std::size_t kMethods = 8;
    static constexpr std::size_t kStatuses = 28; // counters.cpp has the list; the last is "other"
    static constexpr std::size_t kProxyEvents = 5;
    static constexpr std::size_t kDurations = Histogram<kDurationBuckets.size()>::kSize;
    static constexpr std::size_t kSizes = Histogram<kSizeBuckets>::kSize;

    void print_requests(std::string& out) const;
    void print_storage(std::string& out) const;
    void print_proxy(std::string& out) const;

    Counters<kHandlerNames * kMethods * kStatuses> requests_;
    Counters<kHandlerNames * kMethods * kDurations> durations_;
    Counters<kHandlerNames * kSizes> request_sizes_;
    Counters<kHandlerNames * kSizes> response_sizes_;
    Counters<kStorageActions * kDurations> storage_;
    Counters<4> cache_;
    Counters<2 * kProxyEvents> proxy_;
};

} // namespace strata::registry
