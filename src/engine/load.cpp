// SPDX-License-Identifier: Apache-2.0
#include "engine/load.hpp"

#include "base/settings.hpp"
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
#include <set>

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
    options.layer_limits = layer_limits(settings);
    options.max_archive_bytes = settings.get<"max-archive-size">();
    options.stop = request.stop;
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
    const io::Decompressed source =
        io::decompress_detected(std::make_unique<io::FdSource>(std::move(request.archive)));
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
        : store_{store}, lease_{lease}, images_{images}
    {
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
        std::vector<LoadedImage> loaded;
        for (const PlannedImage& image : images_) {
            put(image);
        }
        for (const PlannedImage& image : images_) {
            loaded.push_back(name(image));
        }
        return loaded;
    }

private:
    const PlannedImage* parent_of(const PlannedImage& image) const
    {
        if (image.parent.empty()) {
            return nullptr;
        }
        const auto found = std::ranges::find_if(images_, [&](const PlannedImage& other) {
            return other.config.digest().str() == image.parent;
        });
        return found != images_.end() && continues(*image.config, *found->config) ? &*found
                                                                                  : nullptr;
    }

    /// No cycle is possible: a parent has a shorter history than its child.
    void put(const PlannedImage& image)
    {
        const oci::ImageId id = oci::image_id(image.config);
        if (!done_.insert(id).second) {
            return;
        }
        std::optional<oci::ImageId> parent;
        if (const PlannedImage* const planned = parent_of(image)) {
            put(*planned);
            parent = oci::image_id(planned->config);
        }
        store::NewImage fresh{.config = image.config.bytes(),
                              .parent = parent,
                              .manifest = image.manifest,
                              .blobs = {}};
        if (image.manifest) {
            for (const ArchivedLayer* const layer : image.layers) {
                if (layer->blob_kept) {
                    fresh.blobs.push_back({layer->digest});
                }
            }
        }
        store_.images().put(fresh, lease_);
    }

    LoadedImage name(const PlannedImage& image)
    {
        LoadedImage loaded{
            .id = oci::image_id(image.config), .names = image.names, .displaced = {}};
        for (const oci::Reference& name : image.names) {
            if (const auto before = store_.images().tag(loaded.id, name)) {
                loaded.displaced.emplace_back(name, *before);
            }
        }
        return loaded;
    }

    store::Store& store_;
    const store::Lease& lease_;
    std::vector<PlannedImage>& images_;
    std::set<oci::ImageId> done_;
};

} // namespace

std::vector<LoadedImage> load_images(Engine& engine, LoadImages request)
{
    return with_lease(engine.store(), [&](const store::Lease& lease) {
        // From here on nothing that arrives can be seen, and all of it goes with the lease.
        const std::unique_ptr<Archive> archive = open(engine, lease, request);
        std::vector<PlannedImage> images = plan_load(*archive, request.platform);
        // From here on all bytes that the images need are here and verified.
        return Publication{engine.store(), lease, images}.run();
    });
}

} // namespace strata::engine
