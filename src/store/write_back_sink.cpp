// SPDX-License-Identifier: Apache-2.0
#include "store/write_back_sink.hpp"

#include "sys/file.hpp"

namespace strata::store {
namespace {

constexpr std::uint64_t kWriteBackEvery = 8 << 20;

} // namespace

void WriteBackSink::write(std::span<const std::byte> bytes)
{
    sys::write_all(file_, bytes);
    written_ += bytes.size();
    if (written_ - begun_ >= kWriteBackEvery) {
        sys::start_write_back(file_, begun_, written_ - begun_);
        begun_ = written_;
    }
}

void CountingSink::write(std::span<const std::byte> bytes)
{
    sink_.write(bytes);
    count_ += bytes.size();
    if (progress_) {
        progress_(count_);
    }
}

} // namespace strata::store
