// SPDX-License-Identifier: Apache-2.0
//
// Answers that are ready to be sent, for what is asked again and again: manifests and blobs.
//
// It never answers with what is no longer so: who changes something forgets its keys after the
// change is committed and before it is acknowledged. Who reads something in order to put it here
// takes a ticket before reading; if anything in that part of the cache was forgotten meanwhile, the
// ticket is void, because what was read may be what has just been replaced.
#pragma once

#include "http/message.hpp"
#include "oci/digest.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace strata::registry::api {

/// A manifest or a blob, as it goes out with status 200.
struct Answer {
    http::SharedText fields; // "Name: value\r\n" each
    /// The bytes, or the open file of which `size` bytes are the body.
    std::variant<http::SharedText, std::shared_ptr<const sys::Fd>> body;
    std::uint64_t size = 0;
    std::string etag;       // with its quotes
    std::string media_type; // of a manifest
    oci::Digest digest;
};
using AnswerPtr = std::shared_ptr<const Answer>;

/// Bounded, least recently used goes first; safe to use from any thread, and never waits for more
/// than a look into a table.
class AnswerCache {
public:
    struct Bounds {
        std::size_t bytes = 8 << 20;
        std::size_t entries = 4096; // an open file each, perhaps
        /// After which it is looked up anew; 0: when it is forgotten. Whoever is told that
        /// something exists relies on it for a while, and only a look-up postpones its collection.
        std::chrono::nanoseconds lifetime{0};
    };
    explicit AnswerCache(const Bounds& bounds);

    AnswerPtr find(std::string_view repository, std::string_view reference);

    class Ticket {
        friend AnswerCache;
        std::uint64_t generation_ = 0;
    };
    Ticket ticket(std::string_view repository, std::string_view reference);
    void put(std::string_view repository, std::string_view reference, AnswerPtr answer,
             Ticket ticket);

    void forget(std::string_view repository, std::string_view reference);
    void forget_all();

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        std::string key;
        AnswerPtr answer;
        std::size_t cost = 0;
        Clock::time_point until{};
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept
        {
            return std::hash<std::string_view>{}(key);
        }
    };
    struct Shard {
        std::mutex mutex;
        std::list<Entry> by_use; // latest first
        std::unordered_map<std::string_view, std::list<Entry>::iterator, Hash> by_key;
        std::size_t bytes = 0;
        std::uint64_t generation = 0;
    };
    static constexpr std::size_t kShards = 16;

    Shard& shard(std::string_view key);
    static void remove(Shard& shard, std::list<Entry>::iterator entry);

    Bounds per_shard_;
    std::array<Shard, kShards> shards_;
};

} // namespace strata::registry::api
