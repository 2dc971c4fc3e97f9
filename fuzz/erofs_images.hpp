// SPDX-License-Identifier: Apache-2.0
//
// What both targets of src/erofs do with an image.
#pragma once

#include "base/error.hpp"
#include "erofs/fuse.hpp"
#include "erofs/reader.hpp"
#include "erofs/walk.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <sys/mman.h>

#include <array>
#include <cstdlib>
#include <string>

namespace strata::fuzz {

/// A file without a name.
inline sys::Fd memory_file()
{
    sys::Fd file{::memfd_create("fuzz", MFD_CLOEXEC)};
    if (!file) {
        std::abort();
    }
    return file;
}

/// Asks for everything that there is to ask.
inline void read_all(const erofs::Reader& reader)
{
    walk(reader, reader.root(), [&](std::string_view path, const erofs::Inode& inode) {
        reader.xattrs(inode);
        switch (inode.type) {
        case io::EntryType::directory:
            reader.is_opaque(inode);
            reader.is_implied(inode);
            break;
        case io::EntryType::file:
            reader.extent(inode);
            break;
        case io::EntryType::symlink:
            reader.link_target(inode);
            break;
        default:
            break;
        }
        if (path.size() < 1000) { // otherwise deep trees take their depth squared
            reader.find(path);
        }
        return erofs::Walk::on;
    });
}

/// An image of ours must be sound, and have what a lookup says that it has.
inline void must_be_sound(const erofs::Reader& reader)
{
    try {
        reader.verify();
        read_all(reader);
    } catch (const Error& error) {
        fmt::print(stderr, "a sound image is refused: {}\n", error.what());
        std::abort();
    }
}

/// Fuses the image with itself.
inline void stack_twice(const erofs::Reader& reader)
{
    const sys::Fd file = memory_file();
    const std::array layers{&reader, &reader};
    erofs::write_stack(layers, file);
    must_be_sound(erofs::Reader{file});
}

} // namespace strata::fuzz
