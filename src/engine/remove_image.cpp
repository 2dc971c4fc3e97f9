// SPDX-License-Identifier: Apache-2.0
//
// Docker's rules for removing images, decided and carried out in one transaction. What then lies
// around without a name is deleted by the store's collector.
#include "base/error.hpp"
#include "container/container_store.hpp"
#include "db/transaction.hpp"
#include "engine/engine.hpp"
#include "engine/image_filters.hpp"
#include "engine/image_users.hpp"
#include "engine/images.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace strata::engine {
namespace {

/// Why an image cannot go.
struct Obstacle {
    enum class Strength { soft, hard } strength; // --force overcomes the soft ones
    std::string what;
};

class Removal {
public:
    Removal(store::Store& store, const container::ContainerStore& containers,
            db::Transaction& transaction, const RemoveImage& options)
        : store_{store}
        , containers_{containers}
        , images_{store.images()}
        , transaction_{transaction}
        , options_{options}
    {
    }

    void remove(std::string_view name)
    {
        const store::Image image = images_.get_as_written(name);
        if (is_prefix_of(image.id, name)) {
            remove_by_id(image);
        } else {
            remove_by_name(image, name);
        }
    }

    /// One image, with its names; what prune does.
    void remove_whole(const store::Image& image) { drop(image); }

    std::vector<Removed> removed;
    std::vector<oci::DiffId> gone_layers;

private:
    static bool is_prefix_of(const oci::ImageId& id, std::string_view text)
    {
        return id.str().starts_with(text) || id.hex().starts_with(text);
    }

    void remove_by_name(const store::Image& image, std::string_view written)
    {
        const oci::Reference name = oci::Reference::parse(written);
        if (const ImageUsers users = users_of(store_, containers_, transaction_, image.id);
            options_.force == Force::no && is_single(image.references) && users.any()) {
            throw Error{Errc::conflict,
                        fmt::format("conflict: unable to remove repository reference \"{}\" (must "
                                    "force) - container {} "
                                    "is using its referenced image {}",
                                    written, short_id(users.first()), image.id.value.short_hex())};
        }
        if (name.digest()) {
            untag_repository(image, name); // the names that the digest stands for
        } else {
            untag(name.with_default_tag());
        }
        const store::Image left = images_.find(image.id).value();
        if (left.references.empty()) {
            // Somebody took the last name away on purpose; that the image stays because of others
            // is not worth an error.
            remove_unless_in_use(left, options_.force);
        }
    }

    void remove_by_id(const store::Image& image)
    {
        if (is_single(image.references)) {
            refuse_if(image, options_.force, References::may_remain);
        } else {
            refuse_if(image, options_.force, References::must_be_gone);
        }
        drop(image);
        remove_parent_of(image);
    }

    enum class References { may_remain, must_be_gone };

    void refuse_if(const store::Image& image, Force force, References references)
    {
        const auto obstacle = obstacle_of(image, references);
        if (obstacle && (obstacle->strength == Obstacle::Strength::hard || force == Force::no)) {
            const bool hard = obstacle->strength == Obstacle::Strength::hard;
            throw Error{Errc::conflict,
                        fmt::format("conflict: unable to delete {} ({}) - {}",
                                    image.id.value.short_hex(),
                                    hard ? "cannot be forced" : "must be forced", obstacle->what)};
        }
    }

    std::optional<Obstacle> obstacle_of(const store::Image& image, References references)
    {
        using enum Obstacle::Strength;
        if (!images_.children(image.id).empty()) {
            return Obstacle{hard, "image has dependent child images"};
        }
        const ImageUsers users = users_of(store_, containers_, transaction_, image.id);
        if (users.running) {
            return Obstacle{hard, fmt::format("image is being used by running container {}",
                                              short_id(*users.running))};
        }
        if (references == References::must_be_gone && !image.references.empty()) {
            return Obstacle{soft, "image is referenced in multiple repositories"};
        }
        if (users.stopped) {
            return Obstacle{soft, fmt::format("image is being used by stopped container {}",
                                              short_id(*users.stopped))};
        }
        return std::nullopt;
    }

    void remove_unless_in_use(const store::Image& image, Force force)
    {
        const auto obstacle = obstacle_of(image, References::must_be_gone);
        if (obstacle && (obstacle->strength == Obstacle::Strength::hard || force == Force::no)) {
            return;
        }
        drop(image);
        remove_parent_of(image);
    }

    void remove_parent_of(const store::Image& image)
    {
        if (options_.parents == Prune::no || !image.parent) {
            return;
        }
        if (const auto parent = images_.find(*image.parent); parent && parent->references.empty()) {
            remove_unless_in_use(*parent, Force::no);
        }
    }

    /// Whether taking the image by its id would surprise nobody who knows it under another name.
    static bool is_single(const std::vector<oci::Reference>& references)
    {
        return references.size() <= 1;
    }

    void untag_repository(const store::Image& image, const oci::Reference& name)
    {
        for (const oci::Reference& reference : image.references) {
            if (reference.name() == name.name()) {
                untag(reference);
            }
        }
    }

    void untag(const oci::Reference& reference)
    {
        if (images_.untag(transaction_, reference)) {
            removed.push_back({Removed::Kind::untagged, reference.familiar()});
        }
    }

    void drop(const store::Image& image)
    {
        for (const oci::Reference& reference : image.references) {
            untag(reference);
        }
        const bool is_held = !images_.holders(transaction_, image.id).empty();
        images_.forget(transaction_, image.id);
        removed.push_back({Removed::Kind::deleted, image.id.str()});
        if (!is_held) {
            add_layers_that_go_with(image);
        }
    }

    /// Layers from the top, until one is reached that another image stands on, too.
    void add_layers_that_go_with(const store::Image& image)
    {
        if (image.layers.empty()) {
            return;
        }
        std::size_t shared = 0;
        for (const store::Image& other : images_.list()) {
            const auto [ours, theirs] = std::ranges::mismatch(image.layers, other.layers);
            shared = std::max(shared, static_cast<std::size_t>(ours - image.layers.begin()));
        }
        const std::vector<oci::ChainId> chains = oci::chain_ids(image.layers);
        for (std::size_t i = image.layers.size(); i > shared; --i) {
            removed.push_back({Removed::Kind::deleted, chains[i - 1].str()});
            gone_layers.push_back(image.layers[i - 1]);
        }
    }

    static std::string short_id(const std::string& id) { return id.substr(0, 12); }

    store::Store& store_;
    const container::ContainerStore& containers_;
    store::ImageStore& images_;
    db::Transaction& transaction_;
    const RemoveImage& options_;
};

/// Whether `prune` takes the image, as far as its own fields say.
bool is_prunable(const store::Image& image, const ImageFilters& filters, All all)
{
    return matches(image, filters) && (all == All::yes || image.references.empty());
}

} // namespace

std::vector<Removed> remove_image(Engine& engine, std::string_view name, const RemoveImage& options)
{
    store::Store& store = engine.store();
    const container::ContainerStore containers{store};
    std::vector<Removed> removed;
    store.with_reserve([&] {
        db::Transaction transaction{store.database()};
        Removal removal{store, containers, transaction, options};
        removal.remove(name);
        transaction.commit();
        removed = std::move(removal.removed);
    });
    store.collect();
    return removed;
}

Pruned prune_images(Engine& engine, All all, const std::vector<Filter>& filters)
{
    store::Store& store = engine.store();
    ImageFilters parsed = parse_image_filters(filters, {"dangling", "label", "label!", "until"},
                                              store.images(), now());
    if (parsed.dangling) {
        all = *parsed.dangling ? All::no : All::yes;
    }
    const container::ContainerStore containers{store};
    Pruned pruned;
    store.with_reserve([&] {
        pruned = {};
        db::Transaction transaction{store.database()};
        const RemoveImage options{};
        Removal removal{store, containers, transaction, options};
        // Newest first, so that a child has gone before its parent is looked at.
        for (const store::Image& image : store.images().list()) {
            if (is_prunable(image, parsed, all) && store.images().children(image.id).empty() &&
                store.images().holders(transaction, image.id).empty()) {
                removal.remove_whole(image);
            }
        }
        const std::set<oci::DiffId> gone(removal.gone_layers.begin(), removal.gone_layers.end());
        for (const oci::DiffId& layer : gone) {
            const auto found = store.layers().find(layer);
            pruned.reclaimed += found ? found->content_bytes : 0;
        }
        transaction.commit();
        pruned.removed = std::move(removal.removed);
    });
    store.collect();
    return pruned;
}

} // namespace strata::engine
