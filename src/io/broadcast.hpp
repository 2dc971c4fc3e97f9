// SPDX-License-Identifier: Apache-2.0
//
// The pipeline through which every layer enters: one thread reads (and inflates), others hash,
// write and index the very same buffers, with a bound on how far the fastest may run ahead.
#pragma once

#include "io/source.hpp"

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

namespace strata::io {

struct BroadcastOptions {
    std::size_t chunk_bytes = 256 << 10; // small enough that consumers meet it in the cache
    std::size_t chunks = 32;             // memory use is the product of the two
};

/// Options that use so much memory, or a few pages if it is less.
BroadcastOptions ring_of(std::size_t bytes) noexcept;

/// Reads `source` to its end on a thread of its own and gives every consumer the whole stream.
///
/// Each of `consumers` runs on its own thread, the last one on the caller's, with a Source whose
/// skip() costs nothing and whose write_to() copies nothing. A consumer that returns early is taken
/// to have seen enough; the stream is still read to the end for the others, and no further once all
/// have returned. Returns the number of bytes read when all are done.
///
/// The first exception of any consumer, or of `source`, stops all and is rethrown here: the others'
/// reads throw Errc::cancelled, which they let through. So does a requested `stop`. A `source` that
/// may block for long has to watch the stop token itself: nobody interrupts its read().
std::uint64_t broadcast(Source& source, std::vector<std::function<void(Source&)>> consumers,
                        const BroadcastOptions& options = {}, const std::stop_token& stop = {});

} // namespace strata::io
