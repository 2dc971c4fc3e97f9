// SPDX-License-Identifier: Apache-2.0
//
// What the steps of fsck share. Internal.
#pragma once

#include "base/guarded.hpp"
#include "db/database.hpp"
#include "store/fsck.hpp"
#include "store/lease.hpp"
#include "store/object.hpp"

#include <functional>
#include <string>
#include <vector>

namespace strata::store::fsck_steps {

struct Context {
    Store& store;
    const Repair repair;
    const std::function<void(const std::string&)>& progress;
    const Lease* lease; // when mending: protects everything that is being looked at
    FsckReport& report;

    db::Database& database() const { return store.database(); }
    const Layout& layout() const { return store.layout(); }
    bool repairs() const { return repair == Repair::yes; }
    void say(const std::string& doing) const
    {
        if (progress) {
            progress(doing);
        }
    }
    void found(Finding finding) const { report.findings.push_back(std::move(finding)); }
};

/// Whether the object has a row, damaged or not. Rows go before files do, so when it has not,
/// whatever looked wrong with its files was somebody removing it meanwhile.
bool has_row(db::Database& database, const Object& object);

/// Names, or ids of nameless ones, of the images that have this layer; sorted.
std::vector<std::string> images_with_layer(db::Database& database, const oci::Digest& diff_id);
/// Of one image, by its key.
std::vector<std::string> names_of_image(db::Database& database, std::int64_t number);
/// Of the images whose config this is.
std::vector<std::string> images_with_config(db::Database& database, const oci::Digest& config);

/// Calls `check(i)` for every i below `count`, on two threads: hashing takes all of a core.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& check);

// The steps, in their order. Each mends what it finds when the context says so, so that the next
// may rely on it.

/// Whether the database can be used at all.
bool check_database(const Context& context);
void check_references(const Context& context);
void check_images(const Context& context);
void find_lost_images(const Context& context);
void check_blobs(const Context& context);
void check_layers(const Context& context);
void check_stacks(const Context& context);
void check_folders(const Context& context);

} // namespace strata::store::fsck_steps
