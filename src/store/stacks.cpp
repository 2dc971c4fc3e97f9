// SPDX-License-Identifier: Apache-2.0
#include "store/stacks.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "erofs/fuse.hpp"
#include "store/checksum.hpp"
#include "store/layer_files.hpp"
#include "store/object.hpp"
#include "store/placement.hpp"
#include "store/records.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <array>
#include <optional>
#include <vector>

namespace strata::store {
namespace {

erofs::Reader open_layer_index(const Layout& layout, const oci::DiffId& id)
{
    const auto file = sys::find_file(layout.layer(id) / kIndex, O_RDONLY);
    if (!file) {
        throw Error{Errc::not_found, fmt::format("no layer {}", id)};
    }
    return in_context([&] { return fmt::format("index of layer {}", id); },
                      [&] { return erofs::Reader{*file}; });
}

/// The file, if it is to the bit what its row says.
std::optional<sys::Fd> find_sound(const Layout& layout, db::Database& database,
                                  const oci::ChainId& id)
{
    const auto row = database.query_optional<std::uint64_t, std::int64_t>(
        "SELECT bytes, checksum FROM stack WHERE chain = ?", id);
    if (!row) {
        return std::nullopt;
    }
    auto file = sys::find_file(layout.stack(id) / kIndex, O_RDONLY);
    const StackSum expected{std::get<0>(*row), static_cast<std::uint64_t>(std::get<1>(*row))};
    if (!file || sys::size_of(*file) != expected.bytes || sum_of(*file) != expected) {
        return std::nullopt;
    }
    return file;
}

} // namespace

StackSum sum_of(const sys::Fd& file)
{
    Checksum checksum;
    std::vector<std::byte> buffer(256 << 10);
    std::uint64_t bytes = 0;
    while (const std::size_t got = sys::read_full_at(file, buffer, bytes)) {
        checksum.update({buffer.data(), got});
        bytes += got;
    }
    return {bytes, checksum.finish()};
}

Stacks::Stacks(const Layout& layout, db::Database& database, std::shared_ptr<const StepHook> hook)
    : layout_{layout}, database_{database}, hook_{std::move(hook)}
{
}

oci::ChainId Stacks::id_of(std::span<const oci::DiffId> chain)
{
    return chain.empty() ? oci::ChainId{oci::Digest::of(std::string_view{})} : oci::chain_id(chain);
}

sys::Fd Stacks::open(std::span<const oci::DiffId> chain) const
{
    const oci::ChainId id = id_of(chain);
    if (auto file = find_sound(layout_, database_, id)) {
        return std::move(*file);
    }
    return build(chain, id);
}

Path Stacks::path_of(std::span<const oci::DiffId> chain) const
{
    return layout_.stack(id_of(chain)) / kIndex;
}

void Stacks::write(std::span<const oci::DiffId> chain, const sys::Fd& stack) const
{
    std::vector<erofs::Reader> readers;
    readers.reserve(chain.size());
    std::vector<const erofs::Reader*> layers;
    for (const oci::DiffId& id : chain) {
        layers.push_back(&readers.emplace_back(open_layer_index(layout_, id)));
    }
    erofs::write_stack(layers, stack);
}

sys::Fd Stacks::build(std::span<const oci::DiffId> chain, const oci::ChainId& id) const
{
    const Lease lease = Lease::create(layout_, hook_);
    const Path folder = lease.make_folder();
    sys::Fd file = sys::open_file(folder / kIndex, O_RDWR | O_CREAT | O_EXCL, 0600);
    write(chain, file);
    const StackSum sum = sum_of(file);

    // Whoever builds last wins: another's copy, or a damaged one, moves aside and lives on for
    // those who have it open.
    db::Transaction transaction{database_, db::Durability::normal};
    Placements placements{layout_, lease};
    placements.add(transaction, object_of(id), folder);
    insert_stack(transaction, id.value, sum.bytes, sum.checksum);
    if (!database_.query_optional<std::int64_t>("SELECT 1 FROM image WHERE chain = ?", id)) {
        suspect(transaction, object_of(id)); // nobody will, if it never becomes an image
    }
    lease.step("commit stack");
    transaction.commit();
    placements.settle();
    return file;
}

} // namespace strata::store
