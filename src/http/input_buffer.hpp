// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace strata::http {

/// What has arrived on a connection and is not used up. Small as long as requests are: ten thousand
/// connections that wait cost two KiB each. Bytes that are used up stay where they were until the
/// next call of space() or put_back(), so that views of a header outlive its reading.
class InputBuffer {
public:
    std::string_view text() const noexcept { return {data_.get() + begin_, end_ - begin_}; }
    void use_up(std::size_t count) noexcept { begin_ += count; }

    /// Room for at least one more byte; moves what is there.
    std::span<std::byte> space();
    /// So many bytes were written into space().
    void arrived(std::size_t count) noexcept { end_ += count; }

    /// Puts bytes in front of what is there.
    void put_back(std::string_view bytes);

    void clear() noexcept { begin_ = end_ = 0; }

private:
    void move_to(std::size_t capacity);

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace strata::http
