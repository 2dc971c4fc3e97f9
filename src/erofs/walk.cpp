// SPDX-License-Identifier: Apache-2.0
#include "erofs/walk.hpp"

#include "base/error.hpp"
#include "erofs/image.hpp"
#include "erofs/inode.hpp"
#include "erofs/node_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace strata::erofs {

namespace {

struct Level {
    DirectoryCursor children;
    std::size_t path_bytes; // of the directory, its slash included
};

class Walker {
public:
    Walker(const Image& image, const std::function<Walk(std::string_view, const Inode&)>& visit)
        : image_{image}, visit_{visit}, entered_{image.bytes()}
    {
    }

    void run(const ImageNode& from)
    {
        if (show(from) == Walk::on) {
            enter(from);
        }
        while (!levels_.empty()) {
            Level& level = levels_.back();
            path_.resize(level.path_bytes);
            if (!level.children.next_child()) {
                levels_.pop_back();
                continue;
            }
            if (++names_ > image_.max_names()) {
                throw_corrupt("its directories overlap");
            }
            path_ += level.children.name();
            const ImageNode child = image_.node(level.children.nid());
            switch (show(child)) {
            case Walk::on:
                enter(child);
                break;
            case Walk::past:
                break;
            case Walk::stop:
                return;
            }
        }
    }

private:
    Walk show(const ImageNode& node) { return visit_(path_, to_inode(node)); }

    void enter(const ImageNode& node)
    {
        if (!node.is_directory()) {
            return;
        }
        if (!entered_.insert(node.nid)) {
            throw_corrupt(node.nid, "is a directory that can be reached in two ways");
        }
        if (!path_.empty()) {
            path_ += '/';
        }
        levels_.push_back({DirectoryCursor{image_, node}, path_.size()});
    }

    const Image& image_;
    const std::function<Walk(std::string_view, const Inode&)>& visit_;
    NodeSet entered_;
    std::vector<Level> levels_;
    std::string path_;
    std::uint64_t names_ = 0;
};

} // namespace

void walk(const Reader& reader, const Inode& from,
          const std::function<Walk(std::string_view path, const Inode&)>& visit)
{
    const Image& image = reader.image();
    Walker{image, visit}.run(image.node(static_cast<std::uint64_t>(from.id)));
}

} // namespace strata::erofs
