// SPDX-License-Identifier: Apache-2.0
//
// Files and folders that are ours: the data root, the run root, temporary files.
// Names that strangers chose go through sys/root.hpp instead.
#pragma once

#include "sys/fd.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace strata::sys {

using Path = std::filesystem::path;

/// Opens `path`; `flags` as open(2), close-on-exec is added. Throws the Error that fits errno.
Fd open_file(const Path& path, int flags, unsigned mode = 0);
/// The same, but absence is an ordinary answer.
std::optional<Fd> find_file(const Path& path, int flags);

/// A file without a name, open for reading and writing, that is gone when it is closed: in memory,
/// or in the file system of `folder`.
Fd create_memory_file();
Fd create_unnamed_file(const Path& folder);

struct ::stat status_of(const Fd& file);
std::optional<struct ::stat> find_status(const Path& path); // lstat
std::uint64_t size_of(const Fd& file);

/// What is there, at least one byte, or 0 at the end: for pipes, sockets and terminals, whose other
/// side having gone (EIO) is the end as well. Throws Errc::unavailable when a non-blocking
/// descriptor has nothing now.
std::size_t read_some(const Fd& file, std::span<std::byte> into);
/// Reads until `into` is full or the file ends; returns the number of bytes read.
std::size_t read_full(const Fd& file, std::span<std::byte> into);
std::size_t read_full_at(const Fd& file, std::span<std::byte> into, std::uint64_t offset);
void write_all(const Fd& file, std::span<const std::byte> bytes);
void write_all(const Fd& file, std::string_view text);
void write_all_at(const Fd& file, std::span<const std::byte> bytes, std::uint64_t offset);

/// The whole of a small file. Throws Errc::exhausted when it is larger than `limit` bytes.
std::string read_small_file(const Path& path, std::uint64_t limit = 16 << 20);
/// From the current position to the end.
std::string read_small_file(const Fd& file, std::uint64_t limit = 16 << 20);

/// Durability. A name is durable only after its folder is synced as well.
void sync_data(const Fd& file);
/// Asks the kernel to begin writing that range back, and does not wait: a hint that makes a later
/// sync_data() short.
void start_write_back(const Fd& file, std::uint64_t offset, std::uint64_t length) noexcept;
void sync_folder(const Path& folder);
/// Everything of the file system that `file` lies in (syncfs): for thousands of files at once.
void sync_file_system(const Fd& file);

/// Folders get exactly `mode`, whatever the umask.
void make_folder(const Path& folder, unsigned mode = 0755);    // throws Errc::already_exists
void ensure_folders(const Path& folder, unsigned mode = 0755); // idempotent, parents too
void rename_file(const Path& from, const Path& to);            // replaces `to` if it exists
void rename_new(const Path& from, const Path& to); // throws Errc::already_exists (RENAME_NOREPLACE)
void remove_file(const Path& path);                // absence is fine
/// Removes a tree without following any symlink and without crossing into another mount.
/// Absence is fine. Works through fds, so that nobody can swap a folder for a link meanwhile; any
/// depth. Throws Errc::conflict at a mount point; what was removed until then stays removed.
void remove_tree(const Path& path);

std::uint64_t free_bytes(const Path& folder);

} // namespace strata::sys
