// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/reader.hpp"
#include "io/tar_reader.hpp"
#include "store/apply.hpp"
#include "sys/fd.hpp"
#include "sys/node.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace strata::store {

/// What an attribute of an archive is called on disk. overlayfs takes its orders from attributes of
/// one prefix; what an archive brings under it is data, so it gets the escape that overlayfs undoes
/// for whoever reads through it (Linux 6.7). The indexes do the same.
std::string xattr_on_disk(const std::string& name, WhiteoutFormat format);

/// What marks a folder that hides what lower layers have in it; not for WhiteoutFormat::none.
std::string opaque_xattr(WhiteoutFormat format);

/// What an index knows, as an entry of an archive.
io::TarEntry entry_of(const erofs::Reader& index, const erofs::Inode& inode);

/// Makes the files that entries describe, as far as the caller may (Ownership), and the marks by
/// which overlayfs knows what a layer deletes (WhiteoutFormat). Knows nothing of order: which name,
/// and what had it before, is the caller's business.
class EntryWriter {
public:
    /// Borrows `options`.
    explicit EntryWriter(const ApplyOptions& options) : options_{options} {}

    /// Makes a file (empty), symlink, fifo or device under a free name, without its attributes.
    /// Returns false for a device that the caller may not make: it is left out.
    bool create(const io::TarEntry& entry, const sys::Node& node) const;
    /// Fills the empty file with the data of the reader's current entry.
    void write_content(const sys::Fd& file, const io::TarEntry& entry, io::TarReader& reader);

    /// These two in this order, after the content: a change of owner clears setuid.
    void set_owner_and_xattrs(const io::TarEntry& entry, const sys::Node& node) const;
    static void set_mode_and_time(const io::TarEntry& entry, const sys::Node& node);
    /// All but the marks below and what the caller may not touch.
    void drop_xattrs(const sys::Node& node) const;
    void give_to_root(const sys::Node& node) const;

    /// Marks a folder: it hides what lower layers have in it.
    void set_opaque(const sys::Node& node) const;
    /// Marks a free name: it hides what lower layers have there.
    void create_whiteout(const sys::Node& node) const;

private:
    void write_extent(const sys::Fd& file, const io::SparseExtent& extent, io::TarReader& reader);
    bool may_set(const std::string& xattr, const sys::Node& node) const;

    const ApplyOptions& options_;
    std::array<std::byte, std::size_t{256} << 10> buffer_;
};

} // namespace strata::store
