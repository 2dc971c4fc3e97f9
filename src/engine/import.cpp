// SPDX-License-Identifier: Apache-2.0
#include "engine/import.hpp"

#include "base/error.hpp"
#include "base/stop.hpp"
#include "base/time.hpp"
#include "engine/changes.hpp"
#include "engine/leased.hpp"
#include "engine/limits.hpp"
#include "http/client.hpp"
#include "io/compression.hpp"
#include "oci/image_config.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"

namespace strata::engine {
namespace {

/// All that can be wrong with the request is found before the first byte is read.
oci::ImageConfig config_of(const ImportImage& request)
{
    if (request.name && request.name->digest()) {
        throw Error{Errc::invalid_argument, "cannot import digest reference"};
    }
    oci::ImageConfig config;
    apply_changes(config, request.changes);
    config.set_platform(request.platform.value_or(oci::Platform::host()));
    if (config.os != oci::Platform::host().os) {
        throw Error{Errc::unsupported, "operating system is not supported"};
    }
    config.created = source_date_epoch().value_or(now());
    config.comment = !request.message.empty()
                         ? request.message
                         : "Imported from " + (request.url.empty() ? "-" : request.url);
    return config;
}

struct Input {
    io::SourcePtr source;
    std::uint64_t length = 0; // 0: unknown
};
Input open(ImportImage& request)
{
    if (request.url.empty()) {
        return {.source = std::move(request.archive)};
    }
    http::Download download = http::get(request.url, {.stop = request.stop});
    return {.source = std::move(download.body), .length = download.length};
}

oci::DiffId receive(Engine& engine, const store::Lease& lease, ImportImage& request)
{
    store::LayerStore& layers = engine.store().layers();
    Input input = open(request);
    const io::Decompressed tar = io::decompress_detected(std::move(input.source));
    const std::uint64_t total = tar.compression == io::Compression::none ? input.length : 0;
    store::ReceiveOptions options = receive_options(engine.settings());
    options.stop = request.stop;
    if (request.progress) {
        options.progress = [&](std::uint64_t bytes) {
            request.progress({.what = "Importing", .done = bytes, .total = total});
        };
    }
    store::PendingLayer layer = layers.receive(*tar.source, lease, options);
    throw_if_stopped(request.stop);
    return layers.publish(std::move(layer), lease).diff_id;
}

} // namespace

oci::ImageId import_image(Engine& engine, ImportImage request)
{
    oci::ImageConfig config = config_of(request);
    store::ImageStore& images = engine.store().images();
    return with_lease(engine.store(), [&](const store::Lease& lease) {
        const oci::DiffId layer = receive(engine, lease, request);
        config.add_step({.created = config.created, .comment = config.comment}, layer);
        const store::NewImage image{
            .config = config.print(), .parent = {}, .manifest = {}, .blobs = {}};
        if (!request.name) {
            return images.put(image, lease);
        }
        oci::ImageId id{oci::Digest::of(image.config)};
        images.put_and_tag(image, request.name->with_default_tag(), lease, &id);
        return id;
    });
}

} // namespace strata::engine
