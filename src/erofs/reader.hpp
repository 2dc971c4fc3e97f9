// SPDX-License-Identifier: Apache-2.0
//
// An index or a stack, read in user space: no mount, no privileges.
#pragma once

#include "io/tar_entry.hpp"
#include "sys/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::erofs {

class Image;

/// Where an inode lies; unique within one image. Two names with equal ids are hard links.
enum class NodeId : std::uint64_t {};

struct Inode {
    NodeId id{};
    io::EntryType type = io::EntryType::file; // never hard_link
    std::uint32_t mode = 0;                   // permission bits, 07777
    std::uint32_t uid = 0, gid = 0;
    std::uint32_t links = 1;
    io::TarTime mtime;
    std::uint64_t size = 0;
    std::uint32_t device_major = 0, device_minor = 0;

    bool is_whiteout() const noexcept
    {
        return type == io::EntryType::char_device && device_major == 0 && device_minor == 0;
    }
};

/// Where a regular file's bytes lie, in one piece: `device` 1… of the device table. 0 for none: a
/// file that is empty or one single hole.
struct Extent {
    std::uint32_t device = 0;
    std::uint64_t offset = 0; // bytes
};

struct Device {
    std::string tag;
    std::uint64_t bytes = 0; // rounded up to 512
};

/// Maps the file; every offset that it holds is checked before it is followed, so a corrupt or
/// hostile image gives Errc::corrupt, never a crash, a hang or memory without bound. An EROFS that
/// was not made for a layer may be Errc::unsupported. Immutable, so safe to share among threads.
///
/// Directories of a hostile image may contain each other: who descends into them by himself must
/// count on that. walk() does.
class Reader {
public:
    explicit Reader(const sys::Fd& image);
    /// Borrows the bytes of an image.
    explicit Reader(std::span<const std::byte> image);
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    const std::vector<Device>& devices() const noexcept;
    std::uint64_t inode_count() const noexcept;
    Inode root() const;

    /// The child of `directory` called `name`, by bisection.
    std::optional<Inode> find_child(const Inode& directory, std::string_view name) const;
    /// By path ("usr/bin/env"; leading slash optional), without following symlinks. Nothing is
    /// found through "..".
    std::optional<Inode> find(std::string_view path) const;
    /// Children in bytewise order, without "." and "..". `visit` returns false to stop. Throws
    /// Errc::invalid_argument for what is not a directory.
    void list(const Inode& directory,
              const std::function<bool(std::string_view name, const Inode&)>& visit) const;

    /// Throws Errc::invalid_argument for what is not a symlink.
    std::string link_target(const Inode& symlink) const;
    /// As whoever reads the file in a container sees them: without the marks of the layer
    /// (is_opaque(), is_implied()), and trusted.overlay.* as the archive had it.
    std::vector<io::Xattr> xattrs(const Inode& inode) const;
    /// Throws Errc::invalid_argument for what is not a regular file.
    Extent extent(const Inode& file) const;

    bool is_opaque(const Inode& directory) const;  // trusted.overlay.opaque=y
    bool is_implied(const Inode& directory) const; // named by no entry of its layer

    /// Reads the whole image and checks it: every directory sorted, reachable once, every offset
    /// inside, link counts true. Throws Errc::corrupt saying where.
    void verify() const;

    /// The bytes behind it, for the rest of this module.
    const Image& image() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::erofs
