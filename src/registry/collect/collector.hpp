// SPDX-License-Identifier: Apache-2.0
//
// Garbage collection while everybody pushes and pulls. What may have become garbage is in the
// metadata's review queue; a round judges some of it in one transaction, and then removes the files
// of blobs that nobody holds any more, each under its digest's lock:
//
//     mark `deleting` (on disk)  ->  lock the digest  ->  still `deleting`?  ->  remove the file
//     ->  unlock  ->  forget the row, if it is `deleting` still
//
// A push of the same bytes takes the same lock, from before its file has its name until its row is
// there. It comes before the removal, and the blob is not `deleting` any more; or after, and writes
// its file and its row anew. A process that dies in between leaves a row that says `deleting`, and
// the next round goes on with it.
#pragma once

#include "registry/metadata/metadata.hpp"
#include "registry/storage/blob_files.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>

namespace strata::registry {

struct Collected {
    std::uint64_t judged = 0;
    std::uint64_t manifests = 0;
    std::uint64_t blobs = 0; // taken from a repository, or removed
    std::uint64_t files = 0;
    std::uint64_t bytes = 0; // of those files

    Collected& operator+=(const Collected& other) noexcept;
};

using SeeVerdict = std::function<void(const Review&, const Metadata::Verdict&)>;

/// One batch of reviews that are due at `time`, and whatever is marked `deleting`. Nothing judged:
/// there was nothing to do.
Collected collect_round(Metadata& metadata, BlobFiles& files, Timestamp time, std::size_t limit,
                        const SeeVerdict& see = {});

/// Forgets the history of tags that were removed long ago.
void forget_old_history(Metadata& metadata, const std::stop_token& stop);

/// The collector of a running server, on a thread that the caller gives it.
class Collector {
public:
    struct Options {
        std::chrono::milliseconds interval{5'000}; // between looks at an empty queue
        std::size_t batch = 50;
        /// How long it rests after a round, in terms of how long the round took: it takes a fifth
        /// of one processor and of the disk at most, and a push waits for one batch at most.
        unsigned rest = 4;
    };

    Collector(Metadata& metadata, BlobFiles& files, const Options& options);
    Collector(Metadata& metadata, BlobFiles& files) : Collector{metadata, files, Options{}} {}

    /// Until `stop` is requested. `failed` hears of each Error (a full disk, a file that does not
    /// go away); the round is tried again, later and later. `see` hears of each verdict once it is
    /// on the disk: for caches.
    void run(const std::stop_token& stop, const std::function<void(const std::exception&)>& failed,
             const SeeVerdict& see = {});

    /// Since the start; for metrics.
    struct Totals {
        std::uint64_t manifests = 0;
        std::uint64_t blobs = 0;
        std::uint64_t bytes = 0;
    };
    Totals totals() const noexcept { return {manifests_, blobs_, bytes_}; }

private:
    Metadata& metadata_;
    BlobFiles& files_;
    const Options options_;
    std::atomic<std::uint64_t> manifests_ = 0;
    std::atomic<std::uint64_t> blobs_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
};

} // namespace strata::registry
