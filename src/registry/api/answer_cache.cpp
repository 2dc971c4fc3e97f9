// SPDX-License-Identifier: Apache-2.0
#include "registry/api/answer_cache.hpp"

#include <algorithm>
#include <vector>

namespace strata::registry::api {
namespace {

/// A key in memory that the thread keeps, so that a look-up allocates nothing.
std::string_view key_of(std::string_view repository, std::string_view reference)
{
    thread_local std::string key;
    key.assign(repository);
    key += ' '; // in no name
    key += reference;
    return key;
}

/// What an entry holds on to, roughly.
std::size_t cost_of(std::string_view key, const Answer& answer)
{
    constexpr std::size_t kNodes = 512;
    std::size_t cost = kNodes + key.size() + answer.fields->size();
    if (const auto* const text = std::get_if<http::SharedText>(&answer.body)) {
        cost += (*text)->size();
    }
    return cost;
}

} // namespace

AnswerCache::AnswerCache(const Bounds& bounds)
    : per_shard_{bounds.bytes / kShards, std::max<std::size_t>(1, bounds.entries / kShards),
                 bounds.lifetime}
{
}

AnswerCache::Shard& AnswerCache::shard(std::string_view key)
{
    return shards_[Hash{}(key) % kShards];
}

void AnswerCache::remove(Shard& shard, std::list<Entry>::iterator entry)
{
    shard.bytes -= entry->cost;
    shard.by_key.erase(entry->key);
    shard.by_use.erase(entry);
}

AnswerPtr AnswerCache::find(std::string_view repository, std::string_view reference)
{
    const std::string_view key = key_of(repository, reference);
    Shard& place = shard(key);
    const std::scoped_lock lock{place.mutex};
    const auto found = place.by_key.find(key);
    if (found == place.by_key.end()) {
        return nullptr;
    }
    if (per_shard_.lifetime.count() > 0 && Clock::now() >= found->second->until) {
        remove(place, found->second);
        return nullptr;
    }
    place.by_use.splice(place.by_use.begin(), place.by_use, found->second);
    return found->second->answer;
}

AnswerCache::Ticket AnswerCache::ticket(std::string_view repository, std::string_view reference)
{
    Shard& place = shard(key_of(repository, reference));
    const std::scoped_lock lock{place.mutex};
    Ticket ticket;
    ticket.generation_ = place.generation;
    return ticket;
}

void AnswerCache::put(std::string_view repository, std::string_view reference, AnswerPtr answer,
                      Ticket ticket)
{
    const std::string_view key = key_of(repository, reference);
    const std::size_t cost = cost_of(key, *answer);
    if (cost > per_shard_.bytes) {
        return;
    }
    Shard& place = shard(key);
    const std::scoped_lock lock{place.mutex};
    if (place.generation != ticket.generation_) {
        return;
    }
    if (const auto old = place.by_key.find(key); old != place.by_key.end()) {
        remove(place, old->second);
    }
    while (!place.by_use.empty() &&
           (place.bytes + cost > per_shard_.bytes || place.by_use.size() >= per_shard_.entries)) {
        remove(place, std::prev(place.by_use.end()));
    }
    place.by_use.push_front(
        {std::string{key}, std::move(answer), cost, Clock::now() + per_shard_.lifetime});
    place.by_key.emplace(place.by_use.front().key, place.by_use.begin());
    place.bytes += cost;
}

void AnswerCache::forget(std::string_view repository, std::string_view reference)
{
    const std::string_view key = key_of(repository, reference);
    Shard& place = shard(key);
    const std::scoped_lock lock{place.mutex};
    ++place.generation;
    if (const auto found = place.by_key.find(key); found != place.by_key.end()) {
        remove(place, found->second);
    }
}

void AnswerCache::forget_all()
{
    for (Shard& place : shards_) {
        const std::scoped_lock lock{place.mutex};
        ++place.generation;
        place.by_key.clear();
        place.by_use.clear();
        place.bytes = 0;
    }
}

} // namespace strata::registry::api
