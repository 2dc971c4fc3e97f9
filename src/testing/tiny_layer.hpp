// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "io/hash.hpp"
#include "io/source.hpp"
#include "io/tar_entry.hpp"
#include "io/tar_writer.hpp"
#include "oci/digest.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::testing {

/// Gives the first `bytes` of `text`, and then fails as a network does.
class FailingSource final : public io::Source {
public:
    FailingSource(std::string_view text, std::size_t bytes) : rest_{text.substr(0, bytes)} {}
    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t got = rest_.read(into);
        if (got == 0) {
            throw Error{Errc::unavailable, "the connection was reset"};
        }
        return got;
    }

private:
    io::MemorySource rest_;
};

/// A finished TinyLayer: an uncompressed tar. Sources borrow its bytes.
class BuiltLayer {
public:
    explicit BuiltLayer(std::string tar) : tar_{std::move(tar)} {}

    const std::string& bytes() const& noexcept { return tar_; }
    std::string bytes() && noexcept { return std::move(tar_); }
    oci::Digest digest() const
    {
        io::Hasher hasher;
        hasher.update(tar_);
        std::string text = "sha256:";
        for (const std::uint8_t byte : hasher.finish()) {
            text += fmt::format("{:02x}", byte);
        }
        return oci::Digest::try_parse(text).value();
    }
    oci::DiffId diff_id() const { return {digest()}; }
    io::MemorySource source() const { return io::MemorySource{std::string_view{tar_}}; }
    FailingSource source_failing_after(std::size_t bytes) const { return {tar_, bytes}; }

private:
    std::string tar_;
};

/// A layer in one expression: `TinyLayer{}.file("etc/motd",
/// "hello\n").whiteout("etc/issue").build()`.
///
/// Entries come in the order of the calls; no parents are added. Until told otherwise they belong
/// to root and are from 2020-01-01, so that equal expressions give equal bytes.
class TinyLayer {
public:
    TinyLayer& file(std::string path, std::string content = "", std::uint32_t mode = 0644)
    {
        io::TarEntry& entry = add(std::move(path), io::EntryType::file, mode);
        entry.size = content.size();
        entries_.back().second = std::move(content);
        return *this;
    }
    TinyLayer& dir(std::string path, std::uint32_t mode = 0755)
    {
        add(std::move(path), io::EntryType::directory, mode);
        return *this;
    }
    TinyLayer& symlink(std::string path, std::string target)
    {
        add(std::move(path), io::EntryType::symlink, 0777).link_target = std::move(target);
        return *this;
    }
    TinyLayer& hardlink(std::string path, std::string target)
    {
        add(std::move(path), io::EntryType::hard_link, 0644).link_target = std::move(target);
        return *this;
    }
    TinyLayer& fifo(std::string path, std::uint32_t mode = 0644)
    {
        add(std::move(path), io::EntryType::fifo, mode);
        return *this;
    }
    /// A character device; block_device() is the other kind.
    TinyLayer& device(std::string path, std::uint32_t major, std::uint32_t minor)
    {
        return device(std::move(path), io::EntryType::char_device, major, minor);
    }
    TinyLayer& block_device(std::string path, std::uint32_t major, std::uint32_t minor)
    {
        return device(std::move(path), io::EntryType::block_device, major, minor);
    }
    /// Deletes `path` of the layers below.
    TinyLayer& whiteout(std::string_view path)
    {
        const std::size_t name = path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1;
        return file(fmt::format("{}.wh.{}", path.substr(0, name), path.substr(name)), "", 0);
    }
    /// Hides whatever the layers below have in the directory `path`; "" is the root.
    TinyLayer& opaque(std::string_view path)
    {
        return file(fmt::format("{}{}.wh..wh..opq", path, path.empty() ? "" : "/"), "", 0);
    }
    /// Any entry at all; `content` must be as long as its size says.
    TinyLayer& entry(io::TarEntry entry, std::string content = "")
    {
        entries_.emplace_back(std::move(entry), std::move(content));
        return *this;
    }

    // These change the entry added last.
    TinyLayer& xattr(std::string name, std::string value)
    {
        entries_.back().first.xattrs.push_back({std::move(name), std::move(value)});
        return *this;
    }
    TinyLayer& owner(std::uint32_t uid, std::uint32_t gid)
    {
        entries_.back().first.uid = uid;
        entries_.back().first.gid = gid;
        return *this;
    }
    TinyLayer& mtime(std::int64_t seconds, std::uint32_t nanoseconds = 0)
    {
        entries_.back().first.mtime = {seconds, nanoseconds};
        return *this;
    }

    BuiltLayer build() const
    {
        io::StringSink sink;
        io::TarWriter writer{sink};
        for (const auto& [entry, content] : entries_) {
            writer.add(entry);
            writer.write_data(content);
        }
        writer.finish();
        return BuiltLayer{std::move(sink.text)};
    }

private:
    io::TarEntry& add(std::string path, io::EntryType type, std::uint32_t mode)
    {
        io::TarEntry entry;
        entry.path = std::move(path);
        entry.type = type;
        entry.mode = mode;
        entry.mtime.seconds = 1'577'836'800;
        entries_.emplace_back(std::move(entry), std::string{});
        return entries_.back().first;
    }
    TinyLayer& device(std::string path, io::EntryType type, std::uint32_t major,
                      std::uint32_t minor)
    {
        io::TarEntry& entry = add(std::move(path), type, 0644);
        entry.device_major = major;
        entry.device_minor = minor;
        return *this;
    }

    std::vector<std::pair<io::TarEntry, std::string>> entries_;
};

} // namespace strata::testing
