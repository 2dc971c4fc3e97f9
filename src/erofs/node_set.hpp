// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace strata::erofs {

/// A set of inode numbers of one image, as a bitmap of which only the pages in use exist: no choice
/// of numbers makes it slow or large.
class NodeSet {
public:
    /// For an image of so many bytes.
    explicit NodeSet(std::uint64_t image_bytes) : pages_(image_bytes / kSlot / kPage + 1) {}

    /// Whether `nid`, which lies in the image, is new.
    bool insert(std::uint64_t nid)
    {
        std::unique_ptr<Page>& page = pages_.at(nid / kPage);
        if (!page) {
            page = std::make_unique<Page>();
        }
        const bool fresh = !page->test(nid % kPage);
        page->set(nid % kPage);
        return fresh;
    }

private:
    static constexpr std::uint64_t kSlot = 32; // of the image
    static constexpr std::size_t kPage = 4096;
    using Page = std::bitset<kPage>;
    std::vector<std::unique_ptr<Page>> pages_;
};

} // namespace strata::erofs
