// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"
#include "erofs/testing/model_tree.hpp"
#include "sys/file.hpp"
#include "testing/described_tree.hpp"

#include <fcntl.h>

#include <string>
#include <vector>

namespace strata::erofs::testing {

/// Describes all that a reader finds in an image, marks as the attributes that they are on disk.
class ImageDescriber {
public:
    ImageDescriber(const Reader& reader, const std::vector<sys::Path>& devices) : reader_{reader}
    {
        for (const sys::Path& device : devices) {
            devices_.push_back(sys::open_file(device, O_RDONLY));
        }
        describe("", reader.root());
    }
    strata::testing::DescribedTree take() { return std::move(tree_); }

private:
    void describe(const std::string& path, const Inode& inode)
    {
        Description shown{.mode = type_bits(inode.type) | inode.mode,
                          .uid = inode.uid,
                          .gid = inode.gid,
                          .mtime = inode.mtime,
                          .links = inode.links,
                          .major = inode.device_major,
                          .minor = inode.device_minor};
        for (const io::Xattr& xattr : reader_.xattrs(inode)) {
            shown.xattrs[xattr.name] = xattr.value;
        }
        if (reader_.is_opaque(inode)) {
            shown.xattrs["trusted.overlay.opaque"] = "y";
        }
        if (reader_.is_implied(inode)) {
            shown.xattrs["trusted.overlay.strata.implied"] = "y";
        }
        if (inode.type == io::EntryType::symlink) {
            shown.target = reader_.link_target(inode);
        } else if (inode.type == io::EntryType::file) {
            shown.content = content(inode);
        }
        tree_[path] = shown.line();
        if (inode.type == io::EntryType::directory) {
            reader_.list(inode, [&](std::string_view name, const Inode& child) {
                describe(path.empty() ? std::string{name} : fmt::format("{}/{}", path, name),
                         child);
                return true;
            });
        }
    }

    std::string content(const Inode& file) const
    {
        std::string bytes(file.size, '\0');
        if (const Extent extent = reader_.extent(file); extent.device > 0) {
            sys::read_full_at(devices_.at(extent.device - 1),
                              std::as_writable_bytes(std::span{bytes}), extent.offset);
        }
        return bytes;
    }

    const Reader& reader_;
    std::vector<sys::Fd> devices_;
    strata::testing::DescribedTree tree_;
};

inline strata::testing::DescribedTree describe_image(const Reader& reader,
                                                     const std::vector<sys::Path>& devices)
{
    return ImageDescriber{reader, devices}.take();
}

} // namespace strata::erofs::testing
