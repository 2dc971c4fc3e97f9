// SPDX-License-Identifier: Apache-2.0
//
// What was found out a short while ago, by the name of a secret (crypto.hpp).
#pragma once

#include "registry/auth/crypto.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace strata::registry {

/// A bounded table whose entries end by themselves. In so many parts that threads rarely meet, and
/// a lock is held for a look-up only.
template <typename Value>
class RecentTable {
public:
    using Clock = std::chrono::steady_clock;
    using Pointer = std::shared_ptr<const Value>;

    explicit RecentTable(std::size_t most = 16'384) : most_in_part_{most / kParts + 1} {}

    Pointer find(const Sum& name, Clock::time_point now = Clock::now())
    {
        Part& part = part_of(name);
        const std::scoped_lock lock{part.mutex};
        const auto found = part.entries.find(name);
        return found == part.entries.end() || found->second.until <= now ? nullptr
                                                                         : found->second.value;
    }

    void put(const Sum& name, Pointer value, Clock::time_point until)
    {
        Part& part = part_of(name);
        const std::scoped_lock lock{part.mutex};
        if (part.entries.size() >= most_in_part_) {
            make_room(part);
        }
        part.entries.insert_or_assign(name, Entry{std::move(value), until});
    }

    void clear()
    {
        for (Part& part : parts_) {
            const std::scoped_lock lock{part.mutex};
            part.entries.clear();
        }
    }

    std::size_t size()
    {
        std::size_t count = 0;
        for (Part& part : parts_) {
            const std::scoped_lock lock{part.mutex};
            count += part.entries.size();
        }
        return count;
    }

private:
    static constexpr std::size_t kParts = 16;

    struct Entry {
        Pointer value;
        Clock::time_point until;
    };
    struct alignas(64) Part {
        std::mutex mutex;
        std::unordered_map<Sum, Entry, SumHash> entries;
    };

    Part& part_of(const Sum& name) { return parts_[name.back() % kParts]; }

    void make_room(Part& part)
    {
        const auto now = Clock::now();
        std::erase_if(part.entries, [&](const auto& entry) { return entry.second.until <= now; });
        if (part.entries.size() >= most_in_part_) {
            part.entries.erase(part.entries.begin());
        }
    }

    std::array<Part, kParts> parts_;
    std::size_t most_in_part_;
};

} // namespace strata::registry
