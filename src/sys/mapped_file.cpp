// SPDX-License-Identifier: Apache-2.0
#include "sys/mapped_file.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <sys/mman.h>

namespace strata::sys {

MappedFile::MappedFile(const Fd& file)
{
    const auto size = static_cast<std::size_t>(size_of(file));
    if (size == 0) {
        return; // mmap refuses a length of zero
    }
    void* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (start == MAP_FAILED) {
        throw_errno("map a file of {} bytes", size);
    }
    bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::~MappedFile()
{
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

} // namespace strata::sys
