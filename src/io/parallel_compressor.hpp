// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/compression.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace strata::io {

using Bytes = std::vector<std::byte>;

/// Compresses `input` into `output`, as a whole that can stand alone. Runs on several threads at
/// once.
using CompressBlock = std::function<void(const Bytes& input, Bytes& output)>;

/// Cuts its input into blocks of a fixed size, compresses each of them by itself on `threads`
/// threads, and writes the results in order: where the cuts are depends on nothing but the input.
/// At most two blocks a thread are in memory.
std::unique_ptr<Compressor> make_parallel_compressor(Sink& sink, CompressBlock compress_block,
                                                     std::size_t block_bytes, unsigned threads);

} // namespace strata::io
