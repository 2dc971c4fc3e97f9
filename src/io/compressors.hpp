// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/compression.hpp"

namespace strata::io {

std::unique_ptr<Compressor> make_gzip_compressor(Sink& sink, const CompressOptions& options);
std::unique_ptr<Compressor> make_zstd_compressor(Sink& sink, const CompressOptions& options);

} // namespace strata::io
