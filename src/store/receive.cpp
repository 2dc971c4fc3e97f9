// SPDX-License-Identifier: Apache-2.0
//
// How a layer comes in: one pass over the stream, everything at once.
//
//   source thread    reads, and inflates
//   hash thread      sha256                     the longest of them all on today's machines
//   file thread      writes the tar (or compresses it), and lets the disk begin at once
//   this thread      parses the headers and collects the tree
//
// When the stream has ended, little is left: the index is written while what remains of the tar
// goes to disk.
#include "base/error.hpp"
#include "base/scope_exit.hpp"
#include "erofs/index.hpp"
#include "io/broadcast.hpp"
#include "io/compression.hpp"
#include "io/filters.hpp"
#include "store/layer_driver.hpp"
#include "store/layer_files.hpp"
#include "store/layer_scan.hpp"
#include "store/layer_store.hpp"
#include "store/write_back_sink.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <future>

namespace strata::store {
namespace {

sys::Fd create(const Path& path)
{
    return sys::open_file(path, O_RDWR | O_CREAT | O_EXCL, 0400);
}

void write_plain(io::Source& source, const sys::Fd& file, const ByteCount& progress)
{
    WriteBackSink sink{file};
    CountingSink counting{sink, progress};
    source.write_to(counting);
}

void write_compressed(io::Source& source, const sys::Fd& file, const ByteCount& progress)
{
    WriteBackSink sink{file};
    const auto compressor = io::compress(sink, io::Compression::zstd, {.level = 1, .threads = 2});
    CountingSink counting{*compressor, progress};
    source.write_to(counting);
    compressor->finish();
}

void read_entries(io::Source& source, erofs::IndexBuilder& builder, const io::TarLimits& limits)
{
    io::TarReader reader{source, limits};
    while (const io::TarEntry* entry = reader.next()) {
        builder.add(*entry, reader);
    }
    reader.drain(); // so that the limits hold for what follows the end mark, too
}

void check_digest(const oci::Digest& found, const std::optional<oci::DiffId>& expected)
{
    if (expected && found != expected->value) {
        throw Error{Errc::corrupt,
                    fmt::format("the layer does not match its digest: expected {}, got {}",
                                expected->value, found)};
    }
}

} // namespace

LayerScan scan_layer(io::Source& tar, erofs::IndexBuilder& builder, const ReceiveOptions& options,
                     std::function<void(io::Source&)> write)
{
    io::HashingSink hash;
    std::vector<std::function<void(io::Source&)>> consumers;
    consumers.emplace_back([&](io::Source& stream) { stream.write_to(hash); });
    if (write) {
        consumers.push_back(std::move(write));
    }
    consumers.emplace_back(
        [&](io::Source& stream) { read_entries(stream, builder, options.limits); });
    const std::uint64_t bytes =
        io::broadcast(tar, std::move(consumers), io::ring_of(options.pipeline_bytes), options.stop);
    return {{oci::Digest::from_bytes(hash.finish())}, bytes};
}

PendingLayer LayerStore::receive(io::Source& tar, const Lease& lease,
                                 const ReceiveOptions& options) const
{
    const Path folder = lease.make_folder();
    ScopeExit discard{[&] {
        try {
            sys::remove_tree(folder);
        } catch (const Error&) {
            // It goes with the lease.
        }
    }};
    const bool plain = driver_.tar_form() == TarForm::plain;
    lease.step("write tar");
    const sys::Fd file = create(folder / (plain ? kTar : kTarZstd));
    erofs::IndexBuilder builder;
    builder.set_extra(create(folder / kExtra));
    const auto [diff_id, bytes] = scan_layer(tar, builder, options, [&](io::Source& stream) {
        (plain ? write_plain : write_compressed)(stream, file, options.progress);
    });
    check_digest(diff_id.value, options.expected);

    lease.step("sync tar");
    std::future<void> tar_synced = std::async(std::launch::async, [&] { sys::sync_data(file); });
    const sys::Fd index = create(folder / kIndex);
    const erofs::IndexSummary summary = builder.write(index, diff_id.hex(), bytes);
    lease.step("sync index");
    sys::sync_data(index);
    if (summary.extra_bytes > 0) {
        sys::sync_data(sys::open_file(folder / kExtra, O_RDONLY));
    } else {
        sys::remove_file(folder / kExtra);
    }
    tar_synced.get();
    driver_.complete_layer(folder, options.stop);
    lease.step("sync layer folder");
    sys::sync_folder(folder);
    discard.dismiss();
    return {{diff_id, bytes, summary.content_bytes, summary.inodes}, folder};
}

} // namespace strata::store
