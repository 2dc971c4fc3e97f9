// SPDX-License-Identifier: Apache-2.0
#include "erofs/fuse_layer.hpp"

#include "erofs/xattr_name.hpp"

#include <string_view>

namespace strata::erofs {

namespace {

/// A directory's attributes are read for its marks, and for its metadata.
constexpr std::uint64_t kAttributeReads = 2;

} // namespace

FuseLayer::FuseLayer(const Image& image, std::size_t devices_below, Tree& stack)
    : image_{&image}
    , devices_below_{devices_below}
    , stack_{&stack}
    , entered_{image.bytes()}
    , links_{0, HashNid{&stack.hash()}}
{
}

DirectoryMarks FuseLayer::marks(const ImageNode& directory)
{
    DirectoryMarks marks;
    AttributeCursor attributes{*image_, directory};
    while (attributes.next()) {
        count_attribute();
        marks.opaque |= attributes.encoded() == opaque_mark();
        marks.implied |= attributes.encoded() == implied_mark();
    }
    return marks;
}

std::uint32_t FuseLayer::copy_directory(const ImageNode& directory)
{
    TreeNode copied = metadata(directory);
    copied.value = kNone;
    return stack_->add_node(copied);
}

std::uint32_t FuseLayer::copy(const ImageNode& node)
{
    if (node.links == 1) {
        return stack_->add_node(file(node));
    }
    const auto [at, fresh] = links_.try_emplace(node.nid, kNone);
    if (fresh) {
        at->second = stack_->add_node(file(node));
    }
    return at->second;
}

TreeNode FuseLayer::metadata(const ImageNode& node)
{
    attribute_ids_.clear();
    AttributeCursor attributes{*image_, node};
    while (attributes.next()) {
        count_attribute();
        const std::string_view encoded = attributes.encoded();
        if (encoded != opaque_mark() && encoded != implied_mark()) {
            attribute_ids_.push_back(stack_->attribute(encoded));
        }
    }
    return {
        .mtime = node.mtime,
        .mtime_ns = node.mtime_ns,
        .uid = node.uid,
        .gid = node.gid,
        .xattrs = attribute_ids_.empty() ? 0 : stack_->xattr_set(attribute_ids_),
        .mode = node.mode,
    };
}

TreeNode FuseLayer::file(const ImageNode& node)
{
    TreeNode copied = metadata(node);
    switch (node.type()) {
    case format::kRegular: {
        const ImageExtent extent = image_->extent(node);
        copied.size = node.size;
        if (node.size > 0) {
            copied.value = extent.device == 0 ? kNone : extent.block;
            copied.device =
                static_cast<std::uint16_t>(extent.device == 0 ? 0 : extent.device + devices_below_);
        }
        break;
    }
    case format::kSymlink: {
        const std::string target = image_->link_target(node);
        copied.size = target.size();
        copied.value = stack_->add_text(target);
        break;
    }
    case format::kCharDevice:
    case format::kBlockDevice:
        copied.value = node.u;
        break;
    default: // a fifo has nothing more
        break;
    }
    return copied;
}

void FuseLayer::enter(const ImageNode& directory)
{
    if (!entered_.insert(directory.nid)) {
        throw_corrupt(directory.nid, "is a directory that can be reached in two ways");
    }
}

void FuseLayer::count_name()
{
    if (++names_ > image_->max_names()) {
        throw_corrupt("its directories overlap");
    }
}

void FuseLayer::count_attribute()
{
    if (++attributes_ > kAttributeReads * image_->max_attributes()) {
        throw_corrupt("its attributes overlap");
    }
}

} // namespace strata::erofs
