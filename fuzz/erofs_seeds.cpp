// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "erofs/index.hpp"
#include "io/source.hpp"
#include "io/tar_writer.hpp"
#include "seeds.hpp"
#include "sys/file.hpp"
#include "testing/random_tree.hpp"

#include <fcntl.h>

#include <cstdint>
#include <string>

namespace strata::fuzz {

namespace {

std::string random_tar(std::uint64_t seed)
{
    const testing::RandomTree tree{seed,
                                   {.entries = 3 + seed * seed % 40,
                                    .max_file_bytes = 700,
                                    .whiteouts = seed % 2 == 0,
                                    .duplicates = seed % 3 == 0}};
    io::StringSink sink;
    io::TarWriter writer{sink};
    for (const testing::TreeEntry& entry : tree.entries()) {
        writer.add(entry.entry);
        writer.write_data(entry.content);
    }
    writer.finish();
    return sink.text;
}

sys::Fd create(const sys::Path& path)
{
    return sys::open_file(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

} // namespace

void make_erofs_seeds(const sys::Path& folder)
{
    const sys::Path tars = folder / "index_from_tar_fuzz";
    const sys::Path images = folder / "erofs_reader_fuzz";
    sys::ensure_folders(tars);
    sys::ensure_folders(images);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::string name = fmt::format("{}", seed);
        const std::string tar = random_tar(seed);
        sys::write_all(create(tars / name), tar);
        io::MemorySource source{std::string_view{tar}};
        try {
            erofs::write_index(source, create(images / name), {}, "seed");
        } catch (const Error&) {
            // A link to what was replaced: a good tar, but no image.
            sys::remove_file(images / name);
        }
    }
}

} // namespace strata::fuzz
