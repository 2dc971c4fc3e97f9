// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace strata::http {

/// How many requests a client's address may make: a bucket of tokens for each, which refills
/// steadily. IPv6 clients count by their /64, which is what one of them has for itself.
///
/// Memory is bounded: an address that is not seen for long is forgotten, and so has a full bucket
/// again; so are all when more addresses than `kRemembered` come at once.
class RateLimiter {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t kRemembered = 65'536;

    RateLimiter(double per_second, double burst);

    /// Takes one token; false if there is none. From any thread.
    bool allow(std::string_view address, Clock::time_point now);

    /// Until there is a token again, for Retry-After.
    std::chrono::seconds wait() const noexcept;

private:
    struct Bucket {
        double tokens = 0;
        Clock::time_point filled{};
    };
    struct Shard {
        std::mutex mutex;
        std::unordered_map<std::string, Bucket> recent;
        std::unordered_map<std::string, Bucket> older;
    };
    Bucket& bucket_of(Shard& shard, std::string&& key, Clock::time_point now) const;

    const double per_second_;
    const double burst_;
    std::array<Shard, 16> shards_;
};

} // namespace strata::http
