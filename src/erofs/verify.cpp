// SPDX-License-Identifier: Apache-2.0
#include "erofs/verify.hpp"

#include "base/error.hpp"
#include "erofs/node_set.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace strata::erofs {

namespace {

/// Reads every inode once, in order, without recursion: depth is the image's choice.
class Verifier {
public:
    explicit Verifier(const Image& image) : image_{image}, seen_{image.bytes()} {}

    void run()
    {
        const ImageNode root = image_.root();
        seen_.insert(root.nid);
        check_inode(root);
        todo_.push_back({root.nid, root.nid});
        while (!todo_.empty()) {
            const Directory directory = todo_.back();
            todo_.pop_back();
            check_directory(directory);
        }
        check_links();
        if (inodes_ != image_.inodes()) {
            throw_corrupt(fmt::format("it has {} inodes and says {}", inodes_, image_.inodes()));
        }
    }

private:
    struct Directory {
        std::uint64_t nid;
        std::uint64_t parent;
    };

    void check_directory(const Directory& directory)
    {
        const ImageNode node = image_.node(directory.nid);
        DirectoryCursor entries{image_, node};
        std::uint64_t subdirectories = 0;
        int dots = 0;
        while (entries.next()) {
            if (++names_ > image_.max_names()) {
                throw_corrupt("its directories overlap");
            }
            if (entries.name() == "." || entries.name() == "..") {
                const bool self = entries.name() == ".";
                if (entries.nid() != (self ? directory.nid : directory.parent)) {
                    throw_corrupt(directory.nid, "does not know itself or its parent");
                }
                ++dots;
                continue;
            }
            const ImageNode child = image_.node(entries.nid());
            if (entries.type() != format::file_type(child.mode)) {
                throw_corrupt(directory.nid,
                              fmt::format("has an entry of the wrong type, {:?}", entries.name()));
            }
            if (child.is_directory()) {
                ++subdirectories;
                todo_.push_back({child.nid, directory.nid});
            }
            meet(child);
        }
        if (dots != 2 || node.links != 2 + subdirectories) {
            throw_corrupt(directory.nid, "is a directory with a wrong number of links");
        }
    }

    void meet(const ImageNode& child)
    {
        const bool first = seen_.insert(child.nid);
        if (first) {
            check_inode(child);
        } else if (child.is_directory()) {
            throw_corrupt(child.nid, "is a directory that can be reached in two ways");
        }
        if (child.is_directory()) {
            return;
        }
        if (!first && child.links == 1) {
            throw_corrupt(child.nid, "has more names than it says");
        }
        if (child.links != 1) {
            linked_.push_back(child.nid);
        }
    }

    void check_inode(const ImageNode& node)
    {
        ++inodes_;
        AttributeCursor attributes{image_, node};
        while (attributes.next()) {
            if (++attributes_ > image_.max_attributes()) {
                throw_corrupt("its attributes overlap");
            }
        }
        if (node.type() == format::kRegular) {
            image_.extent(node);
        } else if (node.type() == format::kSymlink) {
            image_.link_target(node);
        }
    }

    void check_links()
    {
        std::sort(linked_.begin(), linked_.end());
        for (auto at = linked_.begin(); at != linked_.end();) {
            const auto end = std::find_if(at, linked_.end(), [&](auto nid) { return nid != *at; });
            if (image_.node(*at).links != static_cast<std::uint64_t>(end - at)) {
                throw_corrupt(*at, "has another number of names than it says");
            }
            at = end;
        }
    }

    const Image& image_;
    NodeSet seen_;
    std::vector<Directory> todo_;
    std::vector<std::uint64_t> linked_; // inodes of several names, once a name
    std::uint64_t attributes_ = 0;
    std::uint64_t names_ = 0;
    std::uint64_t inodes_ = 0;
};

} // namespace

void verify_image(const Image& image)
{
    Verifier{image}.run();
}

} // namespace strata::erofs
