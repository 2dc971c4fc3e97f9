// SPDX-License-Identifier: Apache-2.0
#include "store/placement.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <set>

namespace strata::store {

Placements::~Placements()
{
    for (const Placed& placed : placed_) {
        try {
            if (placed.moved) {
                sys::rename_file(place_of(layout_, placed.object), placed.from);
            }
            lease_.forget_intent(placed.object);
        } catch (const Error&) {
            // The intent stays, and with it the lease's folder: collect() deletes what it names.
        }
    }
}

void Placements::add(db::Transaction&, const Object& object, const Path& from)
{
    const Path place = place_of(layout_, object);
    lease_.intend(object);
    placed_.push_back({object, from});
    if (object.digest.algorithm() != oci::HashAlgorithm::sha256) {
        sys::ensure_folders(place.parent_path(), 0700); // made at need: nearly nobody has one
    }
    if (sys::find_status(place)) {
        lease_.step("move litter away");
        sys::rename_file(place, lease_.new_name());
    }
    lease_.step("rename into place");
    sys::rename_new(from, place);
    placed_.back().moved = true;
}

void Placements::sync() const
{
    std::set<Path> folders;
    for (const Placed& placed : placed_) {
        folders.insert(place_of(layout_, placed.object).parent_path());
    }
    for (const Path& folder : folders) {
        lease_.step("sync folder");
        sys::sync_folder(folder);
    }
}

void Placements::settle()
{
    for (const Placed& placed : placed_) {
        lease_.forget_intent(placed.object);
    }
    placed_.clear();
}

} // namespace strata::store
