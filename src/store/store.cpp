// SPDX-License-Identifier: Apache-2.0
#include "store/store.hpp"

#include "base/error.hpp"
#include "db/database.hpp"
#include "store/blob_store.hpp"
#include "store/collect.hpp"
#include "store/data_root.hpp"
#include "store/drivers.hpp"
#include "store/image_store.hpp"
#include "store/layer_store.hpp"
#include "store/reserve.hpp"
#include "store/schema.hpp"
#include "store/stacks.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <filesystem>

namespace strata::store {
namespace {

Layout absolute(const Layout& layout)
{
    return {std::filesystem::absolute(layout.root), std::filesystem::absolute(layout.run_root)};
}

void create_database(const Layout& layout, const std::function<void(db::Database&)>& add_tables)
{
    // SQLite gives the log and the index beside it the same mode.
    sys::open_file(layout.database(), O_RDWR | O_CREAT, 0600);
    db::Database database{layout.database()};
    migrate_schema(database);
    if (add_tables) {
        add_tables(database);
    }
}

/// Also what a reset leaves that was interrupted: without its database a data root is worth
/// nothing.
void check_database_is_there(const Layout& layout)
{
    if (!sys::find_status(layout.database())) {
        throw Error{Errc::corrupt, fmt::format("'{}' is missing", layout.database().native()),
                    "Restore it from a backup, or start anew with 'strata system reset --force'."};
    }
}

/// What the root holds once this returns: its folders, a database with our tables, and the driver's
/// name.
std::string open_root(const StoreOptions& options, const Layout& layout)
{
    check_roots_are_apart(layout);
    const std::optional<std::string>& wanted = options.driver;
    std::string driver = ensure_data_root(layout, wanted, [&] {
        const auto lost = driver_of_layers(layout);
        if (lost) { // only the note of it is gone
            check_database_is_there(layout);
            check_driver(layout, *lost, wanted);
        }
        std::string chosen = choose_driver(layout, lost ? lost : wanted);
        create_database(layout, options.add_tables);
        restore_reserve(layout);
        return chosen;
    });
    check_database_is_there(layout);
    return driver;
}

/// Reading, too, needs some blocks: the index of the log is made anew by the first process that
/// opens it.
std::unique_ptr<db::Database> open_database(const Layout& layout)
{
    return with_reserve(layout, [&] {
        auto database = std::make_unique<db::Database>(layout.database());
        migrate_schema(*database);
        return database;
    });
}

} // namespace

struct Store::State {
    explicit State(const StoreOptions& options)
        : layout{absolute(options.layout)}
        , hook{std::make_shared<const StepHook>(options.before_step)}
        , driver_name{open_root(options, layout)}
        , database{open_database(layout)}
        , stacks{layout, *database, hook}
        , driver{driver_kind(driver_name).make(layout, stacks)}
        , blobs{layout, *database}
        , layers{layout, *database, *driver, stacks}
        , images{layout, *database}
    {
    }

    Layout layout;
    std::shared_ptr<const StepHook> hook;
    std::string driver_name;
    std::unique_ptr<db::Database> database;
    Stacks stacks;
    std::unique_ptr<LayerDriver> driver;
    BlobStore blobs;
    LayerStore layers;
    ImageStore images;
};

Store::Store(const StoreOptions& options)
    : state_{in_context(
          [&] { return fmt::format("opening the data root '{}'", options.layout.root.native()); },
          [&] { return std::make_unique<State>(options); })}
{
}

Store::~Store() = default;

const Layout& Store::layout() const noexcept
{
    return state_->layout;
}

db::Database& Store::database() noexcept
{
    return *state_->database;
}

BlobStore& Store::blobs() noexcept
{
    return state_->blobs;
}

LayerStore& Store::layers() noexcept
{
    return state_->layers;
}

ImageStore& Store::images() noexcept
{
    return state_->images;
}

LayerDriver& Store::driver()
{
    return *state_->driver;
}

Stacks& Store::stacks() noexcept
{
    return state_->stacks;
}

Lease Store::lease()
{
    return Lease::create(state_->layout, state_->hook);
}

void Store::with_reserve(const std::function<void()>& body)
{
    store::with_reserve(state_->layout, body);
}

Collected Store::collect()
{
    const Collected collected = store::with_reserve(state_->layout, [&] {
        return store::collect(state_->layout, *state_->database, state_->hook);
    });
    restore_reserve(state_->layout);
    return collected;
}

} // namespace strata::store
