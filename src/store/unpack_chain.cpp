// SPDX-License-Identifier: Apache-2.0
#include "store/unpack_chain.hpp"

#include "base/error.hpp"
#include "base/stop.hpp"
#include "erofs/walk.hpp"
#include "io/layer_name.hpp"
#include "io/tar_reader.hpp"
#include "store/entry_writer.hpp"
#include "store/layer_files.hpp"
#include "store/open_folders.hpp"
#include "sys/copy.hpp"
#include "sys/node.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace strata::store {
namespace {

using io::EntryType;
using sys::Node;

class ChainUnpacker {
public:
    ChainUnpacker(const erofs::Reader& stack, const Path& target, const ApplyOptions& options)
        : stack_{stack}
        , options_{options}
        , writer_{options}
        , folders_{target,
                   [](const Node& node, OpenFolders::Components) { return sys::open_folder(node); }}
    {
    }

    /// Everything, empty and bare.
    void make_names()
    {
        erofs::walk(stack_, stack_.root(), [&](std::string_view path, const erofs::Inode& inode) {
            throw_if_stopped(options_.stop);
            make_name(std::string{path}, inode);
            return erofs::Walk::on;
        });
    }

    /// What lies on a device of the stack, a layer's tar.
    void fill_from_tar(std::uint32_t device, io::Source& tar)
    {
        std::size_t left = contents_on(device);
        io::TarReader reader{tar, options_.limits};
        while (left > 0) {
            throw_if_stopped(options_.stop);
            const io::TarEntry* entry = reader.next();
            if (entry == nullptr) {
                throw Error{Errc::corrupt, "its tar lacks files that its index has",
                            "Run 'strata system fsck'."};
            }
            const auto content = contents_.find({device, entry->data_offset});
            if (entry->type == EntryType::file && content != contents_.end()) {
                const auto components = io::components_of(names_[content->second].first);
                writer_.write_content(sys::open_file(folders_.node(components), O_WRONLY), *entry,
                                      reader);
                --left;
            }
        }
    }

    /// What lies on a device of the stack, the bytes of a layer's sparse files.
    void fill_from_extra(std::uint32_t device, const sys::Fd& extra)
    {
        const auto begin = contents_.lower_bound({device, 0});
        const auto end = contents_.lower_bound({device + 1, 0});
        for (auto content = begin; content != end; ++content) {
            const auto& [path, inode] = names_[content->second];
            const auto components = io::components_of(path);
            copy(extra, content->first.second, inode.size,
                 sys::open_file(folders_.node(components), O_WRONLY));
        }
    }

    bool needs(std::uint32_t device) const { return contents_on(device) > 0; }

    /// Children first, since filling a folder has changed its time.
    void set_attributes()
    {
        for (auto name = names_.rbegin(); name != names_.rend(); ++name) {
            const auto components = io::components_of(name->first);
            const Node node = folders_.node(components);
            const io::TarEntry entry = entry_of(stack_, name->second);
            writer_.set_owner_and_xattrs(entry, node);
            EntryWriter::set_mode_and_time(entry, node);
        }
    }

private:
    using Place = std::pair<std::uint32_t, std::uint64_t>; // device, offset

    void make_name(const std::string& path, const erofs::Inode& inode)
    {
        const auto components = io::components_of(path);
        if (inode.type == EntryType::directory) {
            if (!path.empty()) {
                sys::create_folder(folders_.node(components), 0700);
            }
        } else if (const auto first = linked_.find(inode.id); first != linked_.end()) {
            return make_link(io::components_of(names_[first->second].first), components);
        } else if (!writer_.create(entry_of(stack_, inode), folders_.node(components))) {
            return;
        } else if (inode.links > 1) {
            linked_.emplace(inode.id, names_.size());
        }
        if (inode.type == EntryType::file && inode.size > 0) {
            plan_content(components, inode);
        }
        names_.emplace_back(path, inode);
    }

    void make_link(const std::vector<std::string>& existing, const std::vector<std::string>& link)
    {
        // Its own descriptor: the parents of the two names may not be open at once.
        const sys::Fd parent =
            folders_.open(std::span{existing}.first(existing.size() - 1)).duplicate();
        sys::create_hard_link({parent, existing.back()}, folders_.node(link));
    }

    void plan_content(const std::vector<std::string>& components, const erofs::Inode& file)
    {
        const erofs::Extent extent = stack_.extent(file);
        if (extent.device == 0) { // one single hole
            sys::resize(sys::open_file(folders_.node(components), O_WRONLY), file.size);
        } else {
            contents_.emplace(Place{extent.device, extent.offset}, names_.size());
        }
    }

    std::size_t contents_on(std::uint32_t device) const
    {
        return static_cast<std::size_t>(std::distance(contents_.lower_bound({device, 0}),
                                                      contents_.lower_bound({device + 1, 0})));
    }

    /// Holes stay holes.
    void copy(const sys::Fd& from, std::uint64_t offset, std::uint64_t bytes, const sys::Fd& to)
    {
        for (std::uint64_t done = 0; done < bytes;) {
            const auto data = sys::next_data(from, offset + done);
            if (!data || data->offset - offset >= bytes) {
                break;
            }
            done = data->offset - offset;
            const std::uint64_t end = std::min(bytes, done + data->length);
            while (done < end) {
                const auto part = std::span{buffer_}.first(
                    static_cast<std::size_t>(std::min<std::uint64_t>(end - done, buffer_.size())));
                if (sys::read_full_at(from, part, offset + done) != part.size()) {
                    throw Error{Errc::corrupt, "its extra file ends early"};
                }
                sys::write_all_at(to, part, done);
                done += part.size();
            }
        }
        sys::resize(to, bytes);
    }

    const erofs::Reader& stack_;
    const ApplyOptions& options_;
    EntryWriter writer_;
    OpenFolders folders_;
    std::vector<std::pair<std::string, erofs::Inode>> names_; // folders before what is in them
    std::map<Place, std::size_t> contents_;                   // by their places among names_
    std::map<erofs::NodeId, std::size_t> linked_;             // the first name of each
    std::array<std::byte, std::size_t{256} << 10> buffer_;
};

} // namespace

void unpack_chain(const Layout& layout, std::span<const oci::DiffId> chain,
                  const erofs::Reader& stack, const Path& target, const ApplyOptions& options)
{
    const auto unpacker = std::make_unique<ChainUnpacker>(stack, target, options); // big
    unpacker->make_names();
    std::uint32_t device = 0; // each layer's tar, then its extra if it has one
    for (const oci::DiffId& layer : chain) {
        in_context([&] { return fmt::format("unpacking layer {}", layer); },
                   [&] {
                       const Path folder = layout.layer(layer);
                       if (unpacker->needs(++device)) {
                           const io::SourcePtr tar = find_tar(folder);
                           if (!tar) {
                               throw Error{Errc::corrupt, "its tar is missing",
                                           "Run 'strata system fsck'."};
                           }
                           unpacker->fill_from_tar(device, *tar);
                       }
                       if (const auto extra = sys::find_file(folder / kExtra, O_RDONLY)) {
                           unpacker->fill_from_extra(++device, *extra);
                       }
                   });
    }
    unpacker->set_attributes();
}

} // namespace strata::store
