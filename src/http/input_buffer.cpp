// SPDX-License-Identifier: Apache-2.0
#include "http/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace strata::http {
namespace {

constexpr std::size_t kSmall = 2 << 10;

} // namespace

void InputBuffer::move_to(std::size_t capacity)
{
    auto fresh = std::make_unique_for_overwrite<char[]>(capacity);
    const std::string_view rest = text();
    std::ranges::copy(rest, fresh.get());
    end_ = rest.size();
    begin_ = 0;
    data_ = std::move(fresh);
    capacity_ = capacity;
}

std::span<std::byte> InputBuffer::space()
{
    const std::size_t size = end_ - begin_;
    if (size == 0) {
        clear();
        if (capacity_ != kSmall) { // one large header is no reason to keep its room
            move_to(kSmall);
        }
    } else if (size > capacity_ / 2 && end_ == capacity_) {
        move_to(capacity_ * 2);
    } else if (begin_ > 0) {
        std::memmove(data_.get(), data_.get() + begin_, size);
        begin_ = 0;
        end_ = size;
    }
    return std::as_writable_bytes(std::span{data_.get() + end_, capacity_ - end_});
}

void InputBuffer::put_back(std::string_view bytes)
{
    const std::string all = std::string{bytes}.append(text());
    clear();
    if (all.size() >= capacity_) {
        move_to(all.size() + kSmall);
    }
    std::ranges::copy(all, data_.get());
    end_ = all.size();
}

} // namespace strata::http
