// SPDX-License-Identifier: Apache-2.0
#include "registry/collect/collector.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace strata::registry {
namespace {

using std::chrono::milliseconds;

/// False when it was asked to stop.
bool sleep(milliseconds duration, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock{mutex};
    woken.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
}

/// False if somebody has pushed it again meanwhile.
bool remove_file(Metadata& metadata, BlobFiles& files, const Digest& digest)
{
    const DigestLock lock = files.lock(digest);
    if (!metadata.is_deleting(digest)) {
        return false;
    }
    files.remove(lock);
    return true;
}

void remove_files(Metadata& metadata, BlobFiles& files, Collected& result)
{
    Page page;
    for (;;) {
        const auto blobs = metadata.list_deleting(page);
        std::vector<Digest> removed;
        for (const Blob& blob : blobs) {
            if (remove_file(metadata, files, blob.digest)) {
                removed.push_back(blob.digest);
                result.bytes += blob.size;
            }
        }
        result.files += removed.size();
        if (!removed.empty()) {
            metadata.forget_blobs(removed);
        }
        if (blobs.size() < page.limit) {
            return;
        }
        page.last = blobs.back().digest.str();
    }
}

} // namespace

Collected& Collected::operator+=(const Collected& other) noexcept
{
    judged += other.judged;
    manifests += other.manifests;
    blobs += other.blobs;
    files += other.files;
    bytes += other.bytes;
    return *this;
}

Collected collect_round(Metadata& metadata, BlobFiles& files, Timestamp time, std::size_t limit,
                        const SeeVerdict& see)
{
    Collected result;
    const auto reviews = metadata.due_reviews(time, limit);
    const auto verdicts =
        reviews.empty() ? std::vector<Metadata::Verdict>{} : metadata.collect(reviews);
    result.judged = reviews.size();
    for (std::size_t i = 0; i < reviews.size(); ++i) {
        if (verdicts[i].garbage) {
            ++(reviews[i].kind == Review::Kind::manifest ? result.manifests : result.blobs);
        }
        if (see) {
            see(reviews[i], verdicts[i]);
        }
    }
    remove_files(metadata, files, result);
    return result;
}

void forget_old_history(Metadata& metadata, const std::stop_token& stop)
{
    constexpr std::size_t kAtOnce = 1000;
    while (!stop.stop_requested() &&
           metadata.forget_removed_tags(now() - kRemovedTagsKept, kAtOnce) == kAtOnce) {
    }
}

Collector::Collector(Metadata& metadata, BlobFiles& files, const Options& options)
    : metadata_{metadata}, files_{files}, options_{options}
{
}

void Collector::run(const std::stop_token& stop,
                    const std::function<void(const std::exception&)>& failed, const SeeVerdict& see)
{
    constexpr milliseconds kLongestPause = std::chrono::hours{1};
    milliseconds after_failure = options_.interval;
    milliseconds pause{0};
    while (sleep(pause, stop)) {
        try {
            const auto start = std::chrono::steady_clock::now();
            const Collected round = collect_round(metadata_, files_, now(), options_.batch, see);
            manifests_ += round.manifests;
            blobs_ += round.blobs;
            bytes_ += round.bytes;
            const auto took =
                std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
            pause = round.judged == 0 ? options_.interval
                                      : std::max(took, milliseconds{1}) * options_.rest;
            after_failure = options_.interval;
        } catch (const Error& error) {
            failed(error);
            pause = after_failure;
            after_failure = std::min(after_failure * 2, kLongestPause);
        }
    }
}

} // namespace strata::registry
