// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/index.hpp"
#include "erofs/reader.hpp"
#include "sys/file.hpp"
#include "sys/node.hpp"
#include "sys/root.hpp"
#include "sys/xattr.hpp"
#include "testing/temp_dir.hpp"
#include "testing/tiny_layer.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>

namespace strata::container::testing {

/// What a container wrote, as overlayfs keeps it, beside the image that it was made from. Times are
/// those of TinyLayer unless a file is told to be newer.
class WrittenTree {
public:
    explicit WrittenTree(const strata::testing::TinyLayer& image)
        : index_{sys::open_file(dir_ / "index", O_RDWR | O_CREAT, 0600)}, reader_{read(image)}
    {
        sys::make_folder(dir_ / "upper");
    }

    const erofs::Reader& image() const { return reader_; }
    sys::Fd upper() const { return sys::open_file(dir_ / "upper", O_RDONLY | O_DIRECTORY); }
    sys::Path path(std::string_view name) const { return dir_ / "upper" / name; }

    WrittenTree& folder(std::string_view name, unsigned mode = 0755)
    {
        sys::ensure_folders(path(name), mode);
        return old(name);
    }
    WrittenTree& file(std::string_view name, std::string_view content = "", unsigned mode = 0644)
    {
        const sys::Fd file = sys::open_file(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        sys::write_all(file, content);
        with_node(name, [&](const sys::Node& node) { sys::set_mode(node, mode); });
        return old(name);
    }
    WrittenTree& symlink(std::string_view name, const std::string& target)
    {
        with_node(name, [&](const sys::Node& node) { sys::create_symlink(node, target); });
        return old(name);
    }
    WrittenTree& whiteout(std::string_view name)
    {
        with_node(name, [&](const sys::Node& node) { sys::create_special(node, S_IFCHR, 0, 0); });
        return *this;
    }
    WrittenTree& special(std::string_view name, unsigned type)
    {
        with_node(name,
                  [&](const sys::Node& node) { sys::create_special(node, type | 0644, 1, 3); });
        return old(name);
    }
    WrittenTree& hard_link(std::string_view name, std::string_view existing)
    {
        std::filesystem::create_hard_link(path(existing), path(name));
        return *this;
    }
    WrittenTree& xattr(std::string_view name, const std::string& key, std::string_view value)
    {
        sys::set_xattr(path(name), key, value);
        return *this;
    }
    WrittenTree& opaque(std::string_view name)
    {
        return xattr(name, "trusted.overlay.opaque", "y");
    }
    WrittenTree& mtime(std::string_view name, std::int64_t seconds, std::uint32_t nanoseconds = 0)
    {
        with_node(name, [&](const sys::Node& node) { sys::set_mtime(node, seconds, nanoseconds); });
        return *this;
    }

    static constexpr std::int64_t kOld = 1'577'836'800; // as TinyLayer
    static constexpr std::int64_t kNew = kOld + 1000;

private:
    erofs::Reader read(const strata::testing::TinyLayer& image)
    {
        const strata::testing::BuiltLayer built = image.build();
        io::MemorySource tar = built.source();
        erofs::write_index(tar, index_, sys::open_file(dir_ / "extra", O_RDWR | O_CREAT, 0600),
                           "tar");
        return erofs::Reader{index_};
    }

    WrittenTree& old(std::string_view name) { return mtime(name, kOld); }

    template <typename Body>
    void with_node(std::string_view name, Body&& body)
    {
        const sys::Path whole = path(name);
        const sys::Fd folder = sys::open_file(whole.parent_path(), O_RDONLY | O_DIRECTORY);
        const std::string last = whole.filename();
        body(sys::Node{folder, last});
    }

    strata::testing::TempDir dir_;
    sys::Fd index_;
    erofs::Reader reader_;
};

} // namespace strata::container::testing
