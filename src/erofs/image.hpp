// SPDX-License-Identifier: Apache-2.0
//
// An image as bytes, with nothing believed: every offset is checked before it is followed. What
// throws here throws Errc::corrupt, or Errc::unsupported for an EROFS that is not of our making.
#pragma once

#include "erofs/format.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::erofs {

[[noreturn]] void throw_corrupt(std::string what);
[[noreturn]] void throw_corrupt(std::uint64_t nid, std::string_view what);

/// An inode of an image, decoded.
struct ImageNode {
    std::uint64_t nid = 0;
    format::Layout layout{};
    std::uint16_t mode = 0; // with the type
    std::uint16_t xattr_count = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint32_t links = 0;
    std::uint32_t mtime_ns = 0;
    std::int64_t mtime = 0;
    std::uint64_t size = 0;
    std::uint32_t u = 0;
    std::uint64_t xattr_offset = 0; // bytes; where attributes begin, if there are any
    std::uint64_t data_offset = 0;  // bytes; where chunk entries or the tail begin

    std::uint16_t type() const noexcept { return mode & format::kTypeMask; }
    bool is_directory() const noexcept { return type() == format::kDirectory; }
    bool is_whiteout() const noexcept { return type() == format::kCharDevice && u == 0; }
};

struct ImageExtent {
    std::uint32_t device = 0; // 0: no bytes anywhere
    std::uint32_t block = 0;
};

struct ImageDevice {
    std::string tag;
    std::uint32_t blocks = 0;
};

class Image {
public:
    /// Borrows the bytes.
    explicit Image(std::span<const std::byte> bytes);

    std::uint64_t bytes() const noexcept { return bytes_.size(); }
    std::uint64_t inodes() const noexcept { return inodes_; }
    const std::vector<ImageDevice>& devices() const noexcept { return devices_; }
    /// More names than this do not fit: whoever has met more goes in circles.
    std::uint64_t max_names() const noexcept
    {
        return bytes_.size() / (sizeof(format::DirectoryEntry) + 1);
    }

    std::uint64_t max_attributes() const noexcept
    {
        return bytes_.size() / sizeof(format::XattrEntry);
    }

    /// Its type is one that layers have, its time a time, and a symlink's target of a possible
    /// size.
    ImageNode node(std::uint64_t nid) const;
    ImageNode root() const { return node(root_nid_); }

    /// A directory's or a symlink's bytes come in blocks, of which the last may be shorter.
    std::uint64_t block_count(const ImageNode& node) const;
    std::string_view block(const ImageNode& node, std::uint64_t index) const;
    std::string link_target(const ImageNode& symlink) const;

    /// Throws also if the content is not in one piece.
    ImageExtent extent(const ImageNode& file) const;

private:
    friend class AttributeCursor;

    std::string_view at(std::uint64_t offset, std::uint64_t size) const;
    template <typename T>
    T read(std::uint64_t offset) const;
    void read_devices(const format::SuperBlock& super);

    std::span<const std::byte> bytes_;
    std::uint64_t meta_start_ = 0;
    std::uint64_t xattr_start_ = 0;
    std::uint64_t root_nid_ = 0;
    std::uint64_t inodes_ = 0;
    std::int64_t build_time_ = 0;
    std::uint32_t build_time_ns_ = 0;
    std::vector<ImageDevice> devices_;
};

/// One block of a directory.
class DirectoryView {
public:
    DirectoryView() = default;
    DirectoryView(std::string_view block, std::uint64_t directory);

    std::size_t size() const noexcept { return count_; }
    std::string_view name(std::size_t index) const;
    std::uint64_t nid(std::size_t index) const { return entry(index).nid; }
    format::FileType type(std::size_t index) const { return format::FileType{entry(index).type}; }

private:
    format::DirectoryEntry entry(std::size_t index) const;

    std::string_view block_;
    std::uint64_t directory_ = 0; // for messages
    std::size_t count_ = 0;
};

/// Walks over the entries of a directory, "." and ".." among them, and insists on their order.
class DirectoryCursor {
public:
    DirectoryCursor(const Image& image, const ImageNode& directory);

    bool next();
    /// The same, passing over "." and "..".
    bool next_child();

    std::string_view name() const noexcept { return name_; } // lies in the image
    std::uint64_t nid() const { return view_.nid(index_); }
    format::FileType type() const { return view_.type(index_); }

private:
    const Image* image_;
    ImageNode directory_;
    std::uint64_t blocks_;
    std::uint64_t next_block_ = 0;
    DirectoryView view_;
    std::size_t index_ = 0;
    std::string_view name_;
};

/// Walks over the extended attributes of an inode: shared ones, then its own.
class AttributeCursor {
public:
    AttributeCursor(const Image& image, const ImageNode& node);

    bool next();
    /// As xattr_name.hpp has them; lies in the image.
    std::string_view encoded() const noexcept { return encoded_; }

private:
    std::string_view take(std::string_view from) const;

    const Image* image_;
    std::uint64_t nid_;
    std::string_view shared_; // ids that are left
    std::string_view rest_;   // of the inode's own
    std::string_view encoded_;
};

} // namespace strata::erofs
