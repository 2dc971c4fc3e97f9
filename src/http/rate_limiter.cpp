// SPDX-License-Identifier: Apache-2.0
#include "http/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace strata::http {
namespace {

/// The first four groups of an IPv6 address as inet_ntop prints it; anything else as it is.
std::string key_of(std::string_view address)
{
    std::size_t groups = 0;
    std::size_t at = 0;
    while (at < address.size() && groups < 4) {
        const std::size_t colon = address.find(':', at);
        if (colon == std::string_view::npos) {
            return std::string{address}; // IPv4
        }
        if (colon == at) {
            break; // "::": the rest of the network's part is zero, or the address is all there is
        }
        at = colon + 1;
        ++groups;
    }
    return std::string{address.substr(0, at)};
}

} // namespace

RateLimiter::RateLimiter(double per_second, double burst)
    : per_second_{per_second}, burst_{std::max(burst > 0 ? burst : per_second, 1.0)}
{
}

RateLimiter::Bucket& RateLimiter::bucket_of(Shard& shard, std::string&& key,
                                            Clock::time_point now) const
{
    if (const auto found = shard.recent.find(key); found != shard.recent.end()) {
        return found->second;
    }
    // Two generations instead of a list by age: the older one goes as a whole.
    if (shard.recent.size() >= kRemembered / shards_.size() / 2) {
        shard.older = std::exchange(shard.recent, {});
    }
    Bucket bucket{burst_, now};
    if (const auto found = shard.older.find(key); found != shard.older.end()) {
        bucket = found->second;
    }
    return shard.recent.emplace(std::move(key), bucket).first->second;
}

bool RateLimiter::allow(std::string_view address, Clock::time_point now)
{
    std::string key = key_of(address);
    Shard& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
    const std::scoped_lock lock{shard.mutex};
    Bucket& bucket = bucket_of(shard, std::move(key), now);
    const std::chrono::duration<double> passed = std::max(now - bucket.filled, Clock::duration{});
    bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * per_second_);
    bucket.filled = std::max(bucket.filled, now);
    if (bucket.tokens < 1) {
        return false;
    }
    bucket.tokens -= 1;
    return true;
}

std::chrono::seconds RateLimiter::wait() const noexcept
{
    return std::chrono::seconds{
        static_cast<std::int64_t>(std::clamp(std::ceil(1 / per_second_), 1.0, 3600.0))};
}

} // namespace strata::http
