// SPDX-License-Identifier: Apache-2.0
#include "store/layer_files.hpp"

#include "io/compression.hpp"
#include "io/fd_stream.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::store {

io::SourcePtr find_tar(const Path& layer_folder)
{
    if (auto file = sys::find_file(layer_folder / kTar, O_RDONLY)) {
        return std::make_unique<io::FdSource>(std::move(*file));
    }
    if (auto file = sys::find_file(layer_folder / kTarZstd, O_RDONLY)) {
        return io::decompress(std::make_unique<io::FdSource>(std::move(*file)),
                              io::Compression::zstd);
    }
    return nullptr;
}

} // namespace strata::store
