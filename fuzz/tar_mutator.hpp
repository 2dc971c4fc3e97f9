// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/tar_header.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace strata::fuzz {

/// Mutates a tar, and puts the checksums right that this has broken: otherwise hardly an archive
/// would get past its first header.
inline std::size_t mutate_tar(std::uint8_t* data, std::size_t size, std::size_t max_size)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    for (std::size_t at = 0; at + sizeof(io::TarHeader) <= size; at += sizeof(io::TarHeader)) {
        io::TarHeader header;
        std::memcpy(&header, data + at, sizeof header);
        if (std::memcmp(header.magic, "ustar", 5) == 0) {
            const std::string sum = fmt::format("{:06o}", io::tar_checksum(header));
            std::memcpy(header.checksum, sum.c_str(), 7);
            std::memcpy(data + at, &header, sizeof header);
        }
    }
    return size;
}

} // namespace strata::fuzz
