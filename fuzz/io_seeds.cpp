// SPDX-License-Identifier: Apache-2.0
#include "io/compression.hpp"
#include "seeds.hpp"
#include "sys/file.hpp"
#include "testing/random_tree.hpp"
#include "testing/raw_tar.hpp"
#include "testing/tiny_layer.hpp"

#include <fcntl.h>

#include <bzlib.h>
#include <lzma.h>

namespace strata::fuzz {
namespace {

using testing::pax_record;
using testing::RawTar;
using testing::TinyLayer;

void write(const sys::Path& folder, const std::string& name, std::string_view content)
{
    sys::write_all(sys::open_file(folder / name, O_WRONLY | O_CREAT | O_TRUNC, 0644), content);
}

std::string random_tar(std::uint64_t seed)
{
    const testing::RandomTree tree{seed, {.entries = 2 + seed % 10, .max_file_bytes = 300}};
    TinyLayer layer;
    for (const testing::TreeEntry& entry : tree.entries()) {
        layer.entry(entry.entry, entry.content);
    }
    return layer.build().bytes();
}

/// What our writer never writes.
void write_foreign_tars(const sys::Path& folder)
{
    const std::string map = "2\n1024\n512\n4096\n100\n";
    const std::string data(612, 'x');
    write(folder, "sparse-1.0",
          RawTar{}
              .pax(pax_record("GNU.sparse.major", "1") + pax_record("GNU.sparse.minor", "0") +
                   pax_record("GNU.sparse.name", "a") + pax_record("GNU.sparse.realsize", "10000"))
              .file("b", map + std::string(512 - map.size(), '\0') + data)
              .end()
              .bytes());
    write(folder, "sparse-0.1",
          RawTar{}
              .pax(pax_record("GNU.sparse.size", "10000") +
                   pax_record("GNU.sparse.map", "1024,512,4096,100"))
              .file("b", data)
              .end()
              .bytes());
    write(folder, "sparse-0.0",
          RawTar{}
              .pax(pax_record("GNU.sparse.size", "10000") +
                   pax_record("GNU.sparse.offset", "1024") +
                   pax_record("GNU.sparse.numbytes", "612"))
              .file("b", data)
              .end()
              .bytes());
    write(folder, "sparse-old",
          RawTar{}
              .header({.type = 'S',
                       .name = "a",
                       .size = "1144",
                       .magic = "ustar  ",
                       .change =
                           [](io::TarHeader& header) {
                               char* const bytes = reinterpret_cast<char*>(&header);
                               std::memcpy(bytes + 386, "00000002000\00000000001144", 24);
                               std::memcpy(bytes + 483, "00000023420", 11);
                           }})
              .data(data)
              .end()
              .bytes());
    write(folder, "gnu-names",
          RawTar{}
              .pax(std::string(200, 'n') + '\0', 'L')
              .pax(std::string(200, 't') + '\0', 'K')
              .header({.type = '2', .magic = "ustar  "})
              .end()
              .bytes());
    write(folder, "pax",
          RawTar{}
              .pax(pax_record("comment", "x"), 'g')
              .pax(pax_record("path", "p") + pax_record("mtime", "-1.5") + pax_record("uid", "1") +
                   pax_record("LIBARCHIVE.xattr.user.a%3D", "aGVsbG8") +
                   pax_record("SCHILY.xattr.user.a", "b") + pax_record("size", "3"))
              .header({})
              .data("abc")
              .end()
              .bytes());
}

std::string compressed(std::string_view text, io::Compression compression, int level)
{
    io::StringSink sink;
    const auto compressor = io::compress(sink, compression, {.level = level, .threads = 1});
    compressor->write(text);
    compressor->finish();
    return sink.text;
}

std::string xz(std::string_view text)
{
    std::string out(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, nullptr,
                            reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                            reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
    return out.substr(0, size);
}

std::string bzip2(std::string text)
{
    std::string out(text.size() * 2 + 1000, '\0');
    auto size = static_cast<unsigned>(out.size());
    BZ2_bzBuffToBuffCompress(out.data(), &size, text.data(), static_cast<unsigned>(text.size()), 1,
                             0, 0);
    return out.substr(0, size);
}

} // namespace

void make_io_seeds(const sys::Path& folder)
{
    const sys::Path tars = folder / "tar_reader_fuzz";
    const sys::Path streams = folder / "decompress_fuzz";
    sys::ensure_folders(tars);
    sys::ensure_folders(streams);
    write_foreign_tars(tars);
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        const std::string tar = random_tar(seed);
        write(tars, fmt::format("{}", seed), tar);
        const std::string text = tar.substr(0, 100 + seed * 200);
        write(streams, fmt::format("gzip-{}", seed),
              compressed(text, io::Compression::gzip, 1 + static_cast<int>(seed) % 9));
        write(streams, fmt::format("zstd-{}", seed),
              compressed(text, io::Compression::zstd, 1 + static_cast<int>(seed)));
        write(streams, fmt::format("xz-{}", seed), xz(text));
        write(streams, fmt::format("bzip2-{}", seed), bzip2(text));
    }
    const std::string member = compressed("member", io::Compression::gzip, 1);
    write(streams, "gzip-members", member + member + std::string(20, '\0'));
    write(streams, "gzip-empty", compressed("", io::Compression::gzip, 6));
}

} // namespace strata::fuzz
