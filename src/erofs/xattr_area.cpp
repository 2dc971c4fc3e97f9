// SPDX-License-Identifier: Apache-2.0
#include "erofs/xattr_area.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"

namespace strata::erofs {

namespace {

constexpr std::size_t kMaxShared = 255; // of one inode
constexpr std::uint64_t kWord = 4;

} // namespace

void XattrArea::arrange()
{
    std::vector<std::uint64_t> attribute_uses(tree_->attribute_count(), 0);
    for (std::uint32_t set = 0; set < uses_.size(); ++set) {
        tree_->attributes_of(set, attributes_);
        for (const std::uint32_t attribute : attributes_) {
            attribute_uses[attribute] += uses_[set];
        }
    }
    shared_id_.assign(attribute_uses.size(), kNone);
    for (std::uint32_t attribute = 0; attribute < attribute_uses.size(); ++attribute) {
        if (attribute_uses[attribute] > 1) {
            shared_id_[attribute] = static_cast<std::uint32_t>(shared_bytes_ / kWord);
            shared_bytes_ += tree_->encoded_attribute(attribute).size();
        }
    }
    if (shared_bytes_ / kWord >= kNone) {
        throw Error{Errc::exhausted, "more than 16 GiB of extended attributes"};
    }
    inline_bytes_.assign(uses_.size(), 0);
    for (std::uint32_t set = 1; set < uses_.size(); ++set) {
        const Split& parts = split(set);
        std::uint64_t bytes = sizeof(format::XattrHeader) + kWord * parts.shared.size();
        for (const std::uint32_t attribute : parts.carried) {
            bytes += tree_->encoded_attribute(attribute).size();
        }
        inline_bytes_[set] = static_cast<std::uint32_t>(bytes);
    }
}

const XattrArea::Split& XattrArea::split(std::uint32_t set)
{
    split_.shared.clear();
    split_.carried.clear();
    tree_->attributes_of(set, attributes_);
    for (const std::uint32_t attribute : attributes_) {
        const bool shared = shared_id_[attribute] != kNone && split_.shared.size() < kMaxShared;
        (shared ? split_.shared : split_.carried).push_back(attribute);
    }
    return split_;
}

void XattrArea::write_shared(OffsetWriter& out) const
{
    for (std::uint32_t attribute = 0; attribute < shared_id_.size(); ++attribute) {
        if (shared_id_[attribute] != kNone) {
            out.write_text(tree_->encoded_attribute(attribute));
        }
    }
}

void XattrArea::write_inline(std::uint32_t set, OffsetWriter& out)
{
    if (set == 0) {
        return;
    }
    const Split& parts = split(set);
    out.write_struct(
        format::XattrHeader{.shared_count = static_cast<std::uint8_t>(parts.shared.size())});
    for (const std::uint32_t attribute : parts.shared) {
        out.write_struct(shared_id_[attribute]);
    }
    for (const std::uint32_t attribute : parts.carried) {
        out.write_text(tree_->encoded_attribute(attribute));
    }
}

} // namespace strata::erofs
