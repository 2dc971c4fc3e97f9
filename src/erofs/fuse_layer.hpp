// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/image.hpp"
#include "erofs/node_set.hpp"
#include "erofs/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace strata::erofs {

/// What a layer says about one of its directories.
struct DirectoryMarks {
    bool opaque = false;
    bool implied = false;
};

/// One of the layers that are being fused, and what became of its inodes. Counts what it is asked
/// for: more than fits into the image means that the image refers to the same bytes twice.
class FuseLayer {
public:
    /// `devices_below`: how many the layers below have.
    FuseLayer(const Image& image, std::size_t devices_below, Tree& stack);

    const Image& image() const noexcept { return *image_; }

    DirectoryMarks marks(const ImageNode& directory);
    /// A directory of the stack with the metadata of this one, and nothing in it.
    std::uint32_t copy_directory(const ImageNode& directory);
    /// An inode of the stack for anything else; the same one for each of its names.
    std::uint32_t copy(const ImageNode& node);

    /// Throws at the second time: every directory is reached once, or the image is not a tree.
    void enter(const ImageNode& directory);
    void count_name();

private:
    struct HashNid {
        std::size_t operator()(std::uint64_t nid) const noexcept { return (*hash)({}, nid); }
        const SeededHash* hash;
    };

    TreeNode metadata(const ImageNode& node);
    TreeNode file(const ImageNode& node);
    void count_attribute();

    const Image* image_;
    std::size_t devices_below_;
    Tree* stack_;
    NodeSet entered_;
    std::unordered_map<std::uint64_t, std::uint32_t, HashNid> links_;
    std::uint64_t names_ = 0;
    std::uint64_t attributes_ = 0;
    std::vector<std::uint32_t> attribute_ids_;
};

} // namespace strata::erofs
