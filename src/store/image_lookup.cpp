// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "store/blob_store.hpp"
#include "store/image_store.hpp"
#include "store/name_key.hpp"

#include <algorithm>
#include <unordered_map>

namespace strata::store {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";

bool is_hex(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// Images by their row's key, filled table by table: four queries, however many images there are.
class ImageRows {
public:
    explicit ImageRows(db::Database& database) : database_{database} {}

    /// `condition` is part of our own SQL, about the table image.
    template <typename... Arguments>
    std::vector<Image> load(const std::string& condition, const Arguments&... arguments)
    {
        database_.for_each<std::int64_t, oci::ImageId, std::optional<oci::ImageId>, std::int64_t,
                           std::uint64_t, std::optional<oci::BlobDigest>>(
            "SELECT number, id, parent, created_ns, size, manifest FROM image WHERE " + condition +
                " ORDER BY created_ns DESC, id",
            [&](std::int64_t number, const oci::ImageId& id,
                const std::optional<oci::ImageId>& parent, std::int64_t created_ns,
                std::uint64_t size, const std::optional<oci::BlobDigest>& manifest) {
                by_number_.emplace(number, images_.size());
                images_.push_back({id, parent, created_ns, size, {}, {}, manifest, {}});
            },
            arguments...);
        const std::string which = " IN (SELECT number FROM image WHERE " + condition + ")";
        database_.for_each<std::int64_t, oci::DiffId>(
            "SELECT image, diff_id FROM image_layer JOIN layer ON layer.number = image_layer.layer "
            "WHERE image" +
                which + " ORDER BY image, position",
            [&](std::int64_t image, const oci::DiffId& layer) {
                at(image).layers.push_back(layer);
            },
            arguments...);
        database_.for_each<std::int64_t, oci::Reference>(
            "SELECT image, reference FROM name WHERE image" + which + " ORDER BY reference",
            [&](std::int64_t image, oci::Reference reference) {
                at(image).references.push_back(std::move(reference));
            },
            arguments...);
        database_.for_each<std::int64_t, std::string, std::string>(
            "SELECT image, name, value FROM image_label WHERE image" + which +
                " ORDER BY image, position",
            [&](std::int64_t image, std::string name, std::string value) {
                at(image).labels.emplace_back(std::move(name), std::move(value));
            },
            arguments...);
        return std::move(images_);
    }

private:
    Image& at(std::int64_t number) { return images_[by_number_.at(number)]; }

    db::Database& database_;
    std::vector<Image> images_;
    std::unordered_map<std::int64_t, std::size_t> by_number_;
};

/// One state for the four queries, unless the caller's transaction is that already.
template <typename... Arguments>
std::vector<Image> load_images(db::Database& database, const std::string& condition,
                               const Arguments&... arguments)
{
    std::optional<db::Snapshot> snapshot;
    if (!database.in_transaction()) {
        snapshot.emplace(database);
    }
    return ImageRows{database}.load(condition, arguments...);
}

template <typename... Arguments>
std::optional<Image> load_image(db::Database& database, const std::string& condition,
                                const Arguments&... arguments)
{
    std::vector<Image> images = load_images(database, condition, arguments...);
    return images.empty() ? std::nullopt : std::optional{std::move(images.front())};
}

/// "No such image: busybox:latest", as Docker says it.
[[noreturn]] void throw_no_such_image(std::string_view text)
{
    std::string spelled{text};
    if (text.size() == 64 && is_hex(text)) {
        spelled = std::string{kAlgorithm} + spelled;
    } else if (!oci::Digest::try_parse(text)) {
        if (const auto name = oci::Reference::try_parse(text)) {
            spelled = name->with_default_tag().familiar();
        }
    }
    throw Error{Errc::not_found, "No such image: " + spelled};
}

} // namespace

std::optional<Image> ImageStore::find(const oci::ImageId& id) const
{
    return load_image(database_, "id = ? AND forgotten = 0", id);
}

std::optional<Image> ImageStore::find(const oci::Reference& name) const
{
    if (auto image = load_image(database_, "number = (SELECT image FROM name WHERE reference = ?)",
                                name_key(name))) {
        return image;
    }
    if (!name.digest()) {
        return std::nullopt;
    }
    // An image that came with a manifest answers to that digest under every repository that it has
    // a tag in.
    const std::string repository = name.name() + ":";
    return load_image(database_,
                      "manifest = ? AND EXISTS (SELECT 1 FROM name WHERE name.image = image.number"
                      " AND substr(reference, 1, ?) = ?)",
                      *name.digest(), repository.size(), repository);
}

std::optional<Image> ImageStore::find_as_written(std::string_view text) const
{
    if (const auto digest = oci::Digest::try_parse(text)) {
        return find(oci::ImageId{*digest});
    }
    if (text.size() == 64 && is_hex(text)) {
        return find(oci::ImageId{oci::Digest::parse(std::string{kAlgorithm} + std::string{text})});
    }
    if (auto image = find(oci::Reference::parse(text))) {
        return image;
    }
    return find_by_prefix(text);
}

std::optional<Image> ImageStore::find_by_prefix(std::string_view text) const
{
    std::string_view prefix = text;
    if (prefix.starts_with(kAlgorithm)) {
        prefix.remove_prefix(kAlgorithm.size());
    }
    if (!is_hex(prefix)) {
        return std::nullopt;
    }
    const std::string first = std::string{kAlgorithm} + std::string{prefix};
    const std::string behind = first + "g"; // sorts behind every continuation
    const auto found = database_.query<oci::ImageId>(
        "SELECT id FROM image WHERE id >= ? AND id < ? AND forgotten = 0 LIMIT 2", first, behind);
    if (found.size() > 1) {
        throw Error{Errc::invalid_argument, fmt::format("multiple image IDs begin with '{}'", text),
                    "Write more of the ID."};
    }
    return found.empty() ? std::nullopt : find(found.front());
}

Image ImageStore::get_as_written(std::string_view text) const
{
    if (auto image = find_as_written(text)) {
        return *std::move(image);
    }
    throw_no_such_image(text);
}

std::vector<Image> ImageStore::list() const
{
    return load_images(database_, "forgotten = 0");
}

std::vector<oci::ImageId> ImageStore::children(const oci::ImageId& parent) const
{
    return database_.query<oci::ImageId>(
        "SELECT id FROM image WHERE parent = ? AND forgotten = 0 ORDER BY id", parent);
}

std::vector<std::string> ImageStore::holders(const oci::ImageId& id) const
{
    return database_.query<std::string>("SELECT holder FROM image_hold JOIN image ON image.number "
                                        "= image_hold.image WHERE id = ? ORDER BY holder",
                                        id);
}

std::vector<std::string> ImageStore::holders(db::Transaction&, const oci::ImageId& id) const
{
    return holders(id);
}

std::string ImageStore::config(const oci::ImageId& id) const
{
    if (!database_.query_optional<std::int64_t>("SELECT 1 FROM image WHERE id = ?", id)) {
        throw_no_such_image(id.str());
    }
    return in_context([&] { return fmt::format("config of image {}", id); },
                      [&] {
                          return BlobStore{layout_, database_}.read({id.value});
                      });
}

} // namespace strata::store
