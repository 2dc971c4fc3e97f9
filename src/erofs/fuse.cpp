// SPDX-License-Identifier: Apache-2.0
//
// The trees of several layers become one tree in memory, which is then written like a layer's.
//
// A directory of the result is made of the directories of that path in some of the layers, topmost
// first: its parts. Their entries come in order, so merging them is a walk with one cursor a part.
// For each name the topmost part that has it decides: a whiteout hides what is below, a file
// replaces it, a directory joins with the directories below it up to the first that is opaque, or
// up to something that is no directory.
#include "erofs/fuse.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"
#include "erofs/fuse_layer.hpp"
#include "erofs/image.hpp"
#include "erofs/image_writer.hpp"
#include "erofs/tree.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::erofs {

namespace {

/// An inode of one of the layers.
struct Part {
    std::size_t layer = 0; // 0 is the lowest
    std::uint64_t nid = 0;
};

/// A directory of the result that is not filled yet.
struct Job {
    std::uint32_t directory;
    std::vector<Part> parts; // topmost first
};

class Cursor {
public:
    Cursor(std::size_t layer, FuseLayer& from, const ImageNode& directory)
        : layer_{layer}, from_{&from}, children_{from.image(), directory}
    {
    }

    bool next()
    {
        from_->count_name();
        return children_.next_child();
    }
    std::string_view name() const { return children_.name(); }
    std::size_t layer() const noexcept { return layer_; }
    Part part() const { return {layer_, children_.nid()}; }

    /// For a heap with the first name on top, and of equal names that of the topmost layer.
    friend bool operator<(const Cursor& a, const Cursor& b)
    {
        const int order = a.name().compare(b.name());
        return order != 0 ? order > 0 : a.layer_ < b.layer_;
    }

private:
    std::size_t layer_;
    FuseLayer* from_;
    DirectoryCursor children_;
};

class Fusion {
public:
    explicit Fusion(std::span<const Reader* const> layers)
    {
        layers_.reserve(layers.size());
        for (const Reader* const layer : layers) {
            layers_.emplace_back(layer->image(), devices_.size(), tree_);
            for (const Device& device : layer->devices()) {
                devices_.push_back({device.tag, device.bytes});
            }
        }
    }

    void run(const sys::Fd& stack)
    {
        merge_roots();
        while (!jobs_.empty()) {
            const Job job = std::move(jobs_.back());
            jobs_.pop_back();
            fill(job);
        }
        write_image(tree_, devices_, stack);
    }

private:
    void merge_roots();
    void fill(const Job& job);
    void decide(std::uint32_t directory, std::string_view name, std::span<const Part> found);
    std::uint32_t join(std::span<const Part> found);

    /// Runs `work`; an error in it names the layer.
    template <typename Work>
    decltype(auto) in_layer(std::size_t layer, const Work& work)
    {
        return in_context([&] { return fmt::format("layer {} of {}", layer + 1, layers_.size()); },
                          [&]() -> decltype(auto) { return work(layers_[layer]); });
    }
    ImageNode node(const Part& part)
    {
        return in_layer(part.layer, [&](FuseLayer& layer) { return layer.image().node(part.nid); });
    }

    Tree tree_;
    std::vector<FuseLayer> layers_; // lowest first
    std::vector<DeviceInfo> devices_;
    std::vector<Job> jobs_;
};

void Fusion::merge_roots()
{
    std::vector<Part> roots;
    for (std::size_t layer = layers_.size(); layer-- > 0;) {
        roots.push_back({layer, layers_[layer].image().root().nid});
    }
    if (!roots.empty()) {
        tree_.node(Tree::kRoot) = tree_.node(join(roots));
        jobs_.back().directory = Tree::kRoot;
    }
}

void Fusion::fill(const Job& job)
{
    std::vector<Cursor> cursors;
    cursors.reserve(job.parts.size());
    const auto advance = [&](Cursor& cursor) {
        return in_layer(cursor.layer(), [&](FuseLayer&) { return cursor.next(); });
    };
    for (const Part& part : job.parts) {
        in_layer(part.layer, [&](FuseLayer& layer) {
            const ImageNode directory = layer.image().node(part.nid);
            layer.enter(directory);
            Cursor cursor{part.layer, layer, directory};
            if (cursor.next()) {
                cursors.push_back(cursor);
            }
        });
    }
    std::make_heap(cursors.begin(), cursors.end());
    std::vector<Part> found;
    while (!cursors.empty()) {
        const std::string_view name = cursors.front().name();
        found.clear();
        while (!cursors.empty() && cursors.front().name() == name) {
            std::pop_heap(cursors.begin(), cursors.end());
            found.push_back(cursors.back().part());
            if (advance(cursors.back())) {
                std::push_heap(cursors.begin(), cursors.end());
            } else {
                cursors.pop_back();
            }
        }
        decide(job.directory, name, found);
    }
}

void Fusion::decide(std::uint32_t directory, std::string_view name, std::span<const Part> found)
{
    const ImageNode top = node(found.front());
    if (top.is_whiteout()) {
        return;
    }
    const std::uint32_t result =
        top.is_directory()
            ? join(found)
            : in_layer(found.front().layer, [&](FuseLayer& layer) { return layer.copy(top); });
    tree_.add_entry(directory, name, result);
}

/// The directory that those of `found` make together, topmost first; the first is one.
std::uint32_t Fusion::join(std::span<const Part> found)
{
    std::vector<Part> parts;
    std::optional<Part> named; // the topmost whose layer has an entry for it
    bool closed = false;       // nothing below shows through
    for (const Part& part : found) {
        const ImageNode directory = node(part);
        if (!directory.is_directory()) {
            break;
        }
        const DirectoryMarks marks =
            in_layer(part.layer, [&](FuseLayer& layer) { return layer.marks(directory); });
        if (!closed) {
            parts.push_back(part);
        }
        closed = closed || marks.opaque;
        if (!marks.implied) {
            named = named.value_or(part);
        }
        if (closed && named) {
            break;
        }
    }
    const Part source = named.value_or(found.front());
    const ImageNode metadata = node(source);
    const std::uint32_t result =
        in_layer(source.layer, [&](FuseLayer& layer) { return layer.copy_directory(metadata); });
    jobs_.push_back({result, std::move(parts)});
    return result;
}

} // namespace

void write_stack(std::span<const Reader* const> layers, const sys::Fd& stack)
{
    Fusion{layers}.run(stack);
}

} // namespace strata::erofs
