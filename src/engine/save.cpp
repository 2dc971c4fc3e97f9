// SPDX-License-Identifier: Apache-2.0
#include "engine/save.hpp"

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/time.hpp"
#include "engine/saved_images.hpp"
#include "io/fd_stream.hpp"
#include "io/tar_writer.hpp"
#include "store/blob_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"
#include "sys/copy.hpp"
#include "sys/pending_file.hpp"

#include <fcntl.h>

#include <map>
#include <set>

namespace strata::engine {
namespace {

/// One of blobs/sha256/: bytes in memory, or a layer or blob of the store.
struct Member {
    std::string text;
    const SavedLayer* layer = nullptr;
    std::int64_t seconds = 0;
    std::uint64_t bytes() const { return layer != nullptr ? layer->bytes : text.size(); }
};
using Members = std::map<std::string, Member>; // by the hex of their digests

Members members_of(const std::vector<SavedImage>& images)
{
    Members members;
    for (const SavedImage& image : images) {
        members.try_emplace(image.named.image.id.hex(),
                            Member{.text = image.config, .seconds = image.created_seconds});
        members.try_emplace(oci::Digest::of(image.manifest).hex(), Member{.text = image.manifest});
        for (const SavedLayer& layer : image.layers) {
            // A layer of several images is dated by the oldest of them, whatever their order.
            const auto [found, is_new] = members.try_emplace(
                layer.digest.hex(),
                Member{.text = {}, .layer = &layer, .seconds = image.created_seconds});
            found->second.seconds = std::min(found->second.seconds, image.created_seconds);
        }
    }
    return members;
}

class ArchiveWriter {
public:
    ArchiveWriter(store::Store& store, const sys::Fd& out, const SaveImages& request,
                  std::uint64_t total)
        : store_{store}, out_{out}, sink_{out}, tar_{sink_}, request_{request}, total_{total}
    {
    }

    void folder(std::string path)
    {
        io::TarEntry entry;
        entry.path = std::move(path);
        entry.type = io::EntryType::directory;
        entry.mode = 0755;
        tar_.add(entry);
    }

    void text(std::string path, std::string_view content, std::int64_t seconds = 0)
    {
        begin(std::move(path), content.size(), seconds);
        tar_.write_data(content);
    }

    void layer(std::string path, const SavedLayer& layer, std::int64_t seconds)
    {
        begin(std::move(path), layer.bytes, seconds);
        if (const auto file = open_file(layer)) {
            copy(*file, layer.bytes);
        } else {
            const io::SourcePtr source = store_.layers().open_tar(layer.diff_id);
            std::vector<std::byte> buffer(1 << 20);
            while (const std::size_t count = source->read(buffer)) {
                tar_.write_data(std::span{buffer}.first(count));
                report();
            }
        }
    }

    void finish() { tar_.finish(); }

private:
    /// In pieces, so that somebody can watch, and stop it.
    void copy(const sys::Fd& file, std::uint64_t bytes)
    {
        constexpr std::uint64_t kPiece = 16 << 20;
        for (std::uint64_t done = 0; done < bytes;) {
            const std::uint64_t piece = std::min(kPiece, bytes - done);
            sys::copy_bytes(file, done, piece, out_);
            tar_.skip_data(piece);
            done += piece;
            report();
        }
    }

    void report() const
    {
        throw_if_stopped(request_.stop);
        if (request_.progress) {
            request_.progress({.what = "Saving", .done = tar_.offset(), .total = total_});
        }
    }

    void begin(std::string path, std::uint64_t bytes, std::int64_t seconds)
    {
        io::TarEntry entry;
        entry.path = std::move(path);
        entry.mode = 0644;
        entry.mtime = {.seconds = seconds};
        entry.size = bytes;
        tar_.add(entry);
    }

    std::optional<sys::Fd> open_file(const SavedLayer& layer) const
    {
        return layer.is_plain ? store_.layers().open_tar_file(layer.diff_id)
                              : sys::open_file(store_.layout().blob({layer.digest}), O_RDONLY);
    }

    store::Store& store_;
    const sys::Fd& out_;
    io::FdSink sink_;
    io::TarWriter tar_;
    const SaveImages& request_;
    std::uint64_t total_;
};

void write_archive(store::Store& store, const std::vector<SavedImage>& images,
                   const SaveImages& request, const sys::Fd& out)
{
    const Members members = members_of(images);
    std::uint64_t total = 0;
    for (const auto& [hex, member] : members) {
        total += member.bytes();
    }
    ArchiveWriter writer{store, out, request, total};
    writer.folder("blobs");
    writer.folder("blobs/sha256");
    for (const auto& [hex, member] : members) {
        if (member.layer != nullptr) {
            writer.layer("blobs/sha256/" + hex, *member.layer, member.seconds);
        } else {
            writer.text("blobs/sha256/" + hex, member.text, member.seconds);
        }
    }
    writer.text("index.json", index_json(images));
    writer.text("manifest.json", manifest_json(images));
    writer.text("oci-layout", kOciLayoutJson);
    writer.text("repositories", repositories_json(images));
    writer.finish();
}

std::vector<SavedImage> prepare(Engine& engine, const SaveImages& request)
{
    store::Store& store = engine.store();
    std::vector<SavedImage> images;
    for (NamedImage& named : resolve_names(store.images(), request.names)) {
        images.push_back(prepare_image(store, std::move(named), request.platform));
    }
    return images;
}

/// Whether something is there that is written to rather than replaced. A device is neither: to put
/// a file in the place of /dev/null would break the machine.
bool is_pipe(const sys::Path& file)
{
    const auto found = sys::find_file(file, O_PATH);
    const mode_t mode = found ? sys::status_of(*found).st_mode : mode_t{S_IFREG};
    if (!S_ISREG(mode) && !S_ISFIFO(mode)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format(
                "failed to save image: invalid output path: \"{}\" must be a regular file: got {}",
                file.string(), S_ISDIR(mode) ? "a directory" : "a device")};
    }
    return S_ISFIFO(mode);
}

} // namespace

void save_images(Engine& engine, const SaveImages& request, const sys::Fd& out)
{
    write_archive(engine.store(), prepare(engine, request), request, out);
}

void save_images_to_file(Engine& engine, const SaveImages& request, const sys::Path& file)
{
    const sys::Path folder = file.has_parent_path() ? file.parent_path() : sys::Path{"."};
    if (!sys::find_status(folder)) {
        throw Error{
            Errc::not_found,
            fmt::format(
                "failed to save image: invalid output path: directory \"{}\" does not exist",
                folder.string())};
    }
    if (is_pipe(file)) { // /dev/stdout, a fifo: nothing to replace
        save_images(engine, request, sys::open_file(file, O_WRONLY));
        return;
    }
    const std::vector<SavedImage> images = prepare(engine, request);
    sys::PendingFile pending = sys::PendingFile::create(folder);
    write_archive(engine.store(), images, request, pending.fd());
    pending.commit(file, 0600);
}

} // namespace strata::engine
