// SPDX-License-Identifier: Apache-2.0
//
// An index or a stack, read in user space: no mount, no privileges.
#pragma once

#include "io/tar_entry.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::erofs {

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

/// Where a regular file's bytes lie: `device` 1… of the device table, 0 for none (an empty file).
struct Extent {
    std::uint32_t device = 0;
    std::uint64_t offset = 0; // bytes
};

struct Device {
    std::string tag;
    std::uint64_t bytes = 0; // rounded up to 512
};

/// Maps the file; every offset that it holds is checked before it is followed, so a corrupt or hostile image gives
/// Errc::corrupt, never a crash, a hang or memory without bound. Immutable, so safe to share among threads.
class Reader {
public:
    explicit Reader(const sys::Fd& image);
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    const std::vector<Device>& devices() const noexcept;
    std::uint64_t inode_count() const noexcept;
    Inode root() const;

    /// The child of `directory` called `name`, by bisection.
    std::optional<Inode> find_child(const Inode& directory, std::string_view name) const;
    /// By path ("usr/bin/env"; leading slash optional), without following symlinks.
    std::optional<Inode> find(std::string_view path) const;
    /// Children in bytewise order, without "." and "..". `visit` returns false to stop.
    void list(const Inode& directory, const std::function<bool(std::string_view name, const Inode&)>& visit) const;

    std::string link_target(const Inode& symlink) const;
    std::vector<io::Xattr> xattrs(const Inode& inode) const;
    Extent extent(const Inode& file) const;

    bool is_opaque(const Inode& directory) const;  // trusted.overlay.opaque=y
    bool is_implied(const Inode& directory) const; // named by no entry of its layer

    /// Reads the whole image and checks it: every directory sorted, reachable once, every offset inside, link counts
    /// true. Throws Errc::corrupt saying where.
    void verify() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::erofs
