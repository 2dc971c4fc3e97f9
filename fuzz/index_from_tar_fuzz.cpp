// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the tar of a layer: what is not refused gives a sound index.
#include "erofs/index.hpp"
#include "erofs_images.hpp"
#include "io/source.hpp"
#include "tar_mutator.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned)
{
    return strata::fuzz::mutate_tar(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    const sys::Fd index = fuzz::memory_file();
    const io::TarLimits limits{.max_entries = 10'000, .max_bytes = 1 << 24};
    try {
        io::MemorySource tar{std::as_bytes(std::span{data, size})};
        erofs::write_index(tar, index, fuzz::memory_file(), "fuzz", limits);
    } catch (const Error& error) {
        if (error.code() == Errc::internal) {
            fmt::print(stderr, "{}\n", error.what());
            std::abort();
        }
        return 0;
    }
    const erofs::Reader reader{index};
    fuzz::must_be_sound(reader);
    fuzz::stack_twice(reader);
    return 0;
}
