// SPDX-License-Identifier: Apache-2.0
//
// Images that lie on disk, whole, and that the database knows nothing of: it is an older copy of
// itself, or its write-ahead log has gone. They come back, without the names that only the database
// knew, before check_folders() takes their files for litter.
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "store/blob_store.hpp"
#include "store/config_summary.hpp"
#include "store/fsck/context.hpp"
#include "store/fsck/layer_check.hpp"
#include "store/fsck/unexplained.hpp"
#include "store/image_store.hpp"
#include "store/records.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <map>

namespace strata::store::fsck_steps {
namespace {

using Documents = std::map<oci::Digest, std::string>; // their bytes, which have that digest

/// The layers of what may be a config; none when it is not one.
std::vector<oci::DiffId> layers_of(const std::string& document)
{
    try {
        return summarize_config(document).layers;
    } catch (const Error&) {
        return {};
    }
}

std::optional<oci::Manifest> as_manifest(const std::string& document)
{
    try {
        return oci::Manifest::parse(document);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Configs and manifests without a row.
Documents read_documents(const Context& context)
{
    std::vector<std::string> names;
    const Path folder = context.layout().root / "blobs" / "sha256";
    {
        const Standstill standstill{context};
        names = unexplained_names(standstill, context, {ObjectKind::blob, folder});
    }
    Documents documents;
    for (const std::string& name : names) {
        const auto file = sys::find_file(folder / name, O_RDONLY);
        if (!file || sys::size_of(*file) > oci::kMaxConfigBytes) {
            continue;
        }
        std::string bytes = sys::read_small_file(*file);
        const oci::Digest digest = oci::Digest::of(bytes);
        if (digest.hex() == name && (!layers_of(bytes).empty() || as_manifest(bytes))) {
            documents.emplace(digest, std::move(bytes));
        }
    }
    return documents;
}

/// What is needed to give them rows; nothing unless all of them are here.
std::optional<std::vector<LayerCheck>> find_layers(const Context& context,
                                                   const std::vector<oci::DiffId>& layers)
{
    std::vector<LayerCheck> without_row;
    for (const oci::DiffId& id : layers) {
        if (is_present(context.database(), object_of(id))) {
            continue;
        }
        LayerCheck check = check_layer(context.layout(), context.store.driver(), id);
        if (!check.tar_is_sound) {
            return std::nullopt;
        }
        without_row.push_back(std::move(check));
    }
    return without_row;
}

/// The manifest that an image came with, and the compressed layers that it lists and that are here.
void add_manifest(const Context& context, const Documents& documents, const oci::Digest& config,
                  NewImage& image)
{
    for (const auto& [digest, bytes] : documents) {
        const auto manifest = as_manifest(bytes);
        if (!manifest || manifest->config.digest.value != config) {
            continue;
        }
        image.manifest = bytes;
        for (const oci::Descriptor& layer : manifest->layers) {
            const auto file = sys::find_file(context.layout().blob(layer.digest), O_RDONLY);
            if (!file) {
                continue;
            }
            db::Transaction transaction{context.database()};
            if (const Object blob = object_of(layer.digest); !has_row(context.database(), blob)) {
                insert_blob(transaction, blob.digest,
                            sys::size_of(*file)); // check_blobs() hashes it
                protect(transaction, *context.lease, blob);
            }
            transaction.commit();
            image.blobs.push_back(layer.digest);
        }
        return;
    }
}

} // namespace

void find_lost_images(const Context& context)
{
    const Documents documents = read_documents(context);
    for (const auto& [digest, bytes] : documents) {
        const std::vector<oci::DiffId> ids = layers_of(bytes);
        const auto layers = ids.empty() ? std::nullopt : find_layers(context, ids);
        if (!layers) {
            continue;
        }
        if (context.repairs()) {
            for (const LayerCheck& layer : *layers) {
                adopt_layer(context, layer);
            }
            NewImage image{.config = bytes, .parent = {}, .manifest = {}, .blobs = {}};
            add_manifest(context, documents, digest, image);
            context.store.images().put(image, *context.lease);
        }
        context.found({"image " + digest.str(),
                       "it is here, whole, and the database knows nothing of it, nor its names",
                       context.repairs(),
                       {}});
    }
}

} // namespace strata::store::fsck_steps
