// SPDX-License-Identifier: Apache-2.0
#include "engine/load.hpp"

#include "base/settings.hpp"
#include "base/stop.hpp"
#include "engine/archive.hpp"
#include "engine/leased.hpp"
#include "engine/limits.hpp"
#include "engine/load_plan.hpp"
#include "io/compression.hpp"
#include "io/fd_stream.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace strata::engine {
namespace {

bool is_plain_file(const sys::Fd& file)
{
    if (!S_ISREG(sys::status_of(file).st_mode)) {
        return false;
    }
    std::array<std::byte, 16> head{};
    const std::size_t size = sys::read_full_at(file, head, 0);
    return size > 0 && io::detect_compression(std::span{head}.first(size)) == io::Compression::none;
}

ArchiveOptions options_for(const Settings& settings, const LoadImages& request)
{
    ArchiveOptions options;
    options.keep_compressed =
        settings.get<"keep-compressed">() ? KeepCompressed::yes : KeepCompressed::no;
    options.receive = receive_options(settings);
    options.max_archive_bytes = settings.get<"max-archive-size">();
    options.receive.stop = request.stop;
    return options;
}

/// The archive as it is best read: sought in, if it can be.
std::unique_ptr<Archive> open(Engine& engine, const store::Lease& lease, LoadImages& request)
{
    const bool is_plain = is_plain_file(request.archive);
    ArchiveOptions options = options_for(engine.settings(), request);
    if (request.progress) {
        const std::uint64_t total = is_plain ? sys::size_of(request.archive) : 0;
        options.progress = [&request, total](std::uint64_t offset) {
            request.progress({.what = "Loading", .done = offset, .total = total});
        };
    }
    if (is_plain) {
        return open_archive(std::move(request.archive), engine.store(), lease, options);
    }
    const io::Decompressed source = io::decompress_detected(
        std::make_unique<io::FdSource>(std::move(request.archive), request.stop));
    return read_archive(*source.source, engine.store(), lease, options);
}

bool continues(const oci::ImageConfig& child, const oci::ImageConfig& parent)
{
    return child.history.size() == parent.history.size() + 1 &&
           std::equal(parent.history.begin(), parent.history.end(), child.history.begin());
}

/// Makes what was planned visible, parents first.
class Publication {
public:
    Publication(store::Store& store, const store::Lease& lease, std::vector<PlannedImage>& images)
        : store_{store}, lease_{lease}, images_{images}, is_put_(images.size())
    {
        for (const PlannedImage& image : images) {
            loaded_.push_back(
                {.id = oci::image_id(image.config), .names = image.names, .displaced = {}});
        }
    }

    std::vector<LoadedImage> run()
    {
        for (PlannedImage& image : images_) {
            for (ArchivedLayer* const layer : image.layers) {
                if (layer->pending) {
                    store_.layers().publish(*std::exchange(layer->pending, std::nullopt), lease_);
                }
            }
        }
        for (std::size_t i = 0; i < images_.size(); ++i) {
            put(i);
        }
        return std::move(loaded_);
    }

private:
    std::optional<std::size_t> parent_of(const PlannedImage& image) const
    {
        const auto found = std::ranges::find_if(images_, [&](const PlannedImage& other) {
            return !image.parent.empty() && other.config.digest().str() == image.parent;
        });
        if (found == images_.end() || !continues(*image.config, *found->config)) {
            return std::nullopt;
        }
        return static_cast<std::size_t>(found - images_.begin());
    }

    /// No cycle is possible: a parent has a shorter history than its child.
    void put(std::size_t number)
    {
        const PlannedImage& image = images_[number];
        LoadedImage& loaded = loaded_[number];
        if (is_put_[number]) {
            return;
        }
        is_put_[number] = true;
        std::optional<oci::ImageId> parent;
        if (const auto planned = parent_of(image)) {
            put(*planned);
            parent = oci::image_id(images_[*planned].config);
        }
        const store::NewImage fresh{.config = image.config.bytes(),
                                    .parent = parent,
                                    .manifest = image.manifest,
                                    .blobs = blobs_of(image)};
        if (image.names.empty()) {
            store_.images().put(fresh, lease_);
        }
        for (std::size_t i = 0; i < image.names.size(); ++i) {
            const oci::Reference& name = image.names[i];
            const auto before = i == 0 ? store_.images().put_and_tag(fresh, name, lease_)
                                       : store_.images().tag(loaded.id, name);
            if (before) {
                loaded.displaced.emplace_back(name, *before);
            }
        }
    }

    /// A manifest that is kept needs the compressed layers that it names.
    static std::vector<oci::BlobDigest> blobs_of(const PlannedImage& image)
    {
        std::vector<oci::BlobDigest> blobs;
        for (const ArchivedLayer* const layer : image.layers) {
            if (image.manifest && layer->blob_kept) {
                blobs.push_back({layer->digest});
            }
        }
        return blobs;
    }

    store::Store& store_;
    const store::Lease& lease_;
    std::vector<PlannedImage>& images_;
    std::vector<LoadedImage> loaded_;
    std::vector<bool> is_put_;
};

} // namespace

std::vector<LoadedImage> load_images(Engine& engine, LoadImages request)
{
    return with_lease(engine.store(), [&](const store::Lease& lease) {
        // From here on nothing that arrives can be seen, and all of it goes with the lease.
        const std::unique_ptr<Archive> archive = open(engine, lease, request);
        std::vector<PlannedImage> images = plan_load(
            *archive, {.platform = request.platform, .max_layers = max_layers(engine.settings())});
        throw_if_stopped(request.stop);
        // From here on all bytes that the images need are here and verified.
        return Publication{engine.store(), lease, images}.run();
    });
}

} // namespace strata::engine
