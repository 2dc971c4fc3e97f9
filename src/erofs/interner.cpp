// SPDX-License-Identifier: Apache-2.0
#include "erofs/interner.hpp"

namespace strata::erofs {

std::string_view Interner::get(std::uint32_t id) const noexcept
{
    return arena_->get(texts_[id].at, texts_[id].size);
}

std::uint32_t Interner::intern(std::string_view text)
{
    if (2 * texts_.size() >= slots_.size()) {
        grow();
    }
    const std::size_t slot = slot_of(text);
    if (slots_[slot] == 0) {
        texts_.push_back({arena_->push(text), static_cast<std::uint32_t>(text.size())});
        slots_[slot] = size();
    }
    return slots_[slot] - 1;
}

std::size_t Interner::slot_of(std::string_view text) const noexcept
{
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = (*hash_)(text)&mask;
    while (slots_[slot] != 0 && get(slots_[slot] - 1) != text) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

void Interner::grow()
{
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), 0);
    for (std::uint32_t id = 0; id < size(); ++id) {
        slots_[slot_of(get(id))] = id + 1;
    }
}

} // namespace strata::erofs
