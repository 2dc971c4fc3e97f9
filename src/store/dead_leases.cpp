// SPDX-License-Identifier: Apache-2.0
#include "store/dead_leases.hpp"

#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/lock.hpp"

#include <fcntl.h>

namespace strata::store {
namespace {

std::vector<Object> read_intents(const Path& lease_folder)
{
    std::vector<Object> intents;
    if (const auto folder =
            sys::find_file(lease_folder / "publishing", O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {
        for (const std::string& name : sys::sorted_names(*folder)) {
            if (const auto object = Object::try_parse(name)) {
                intents.push_back(*object);
            }
        }
    }
    return intents;
}

} // namespace

std::vector<DeadLease> find_dead_leases(const Layout& layout)
{
    const sys::Fd tmp = sys::open_file(layout.tmp(), O_RDONLY | O_DIRECTORY);
    if (!sys::FolderReader{tmp}.next()) {
        return {};
    }
    // Nobody is between making a lease's folder and locking it while we look (Lease::create).
    sys::lock(tmp, sys::LockMode::exclusive);
    std::vector<DeadLease> dead;
    for (const std::string& name : sys::sorted_names(tmp)) {
        const Path folder = layout.tmp() / name;
        auto lock = sys::find_file(folder / kLeaseLock, O_RDWR);
        if (!lock || sys::try_lock(*lock, sys::LockMode::exclusive)) {
            dead.push_back({folder, lock ? std::move(*lock) : sys::Fd{}, read_intents(folder)});
        }
    }
    return dead;
}

bool is_alive(const Layout& layout, const std::string& lease_id)
{
    const auto lock = sys::find_file(layout.tmp() / lease_id / kLeaseLock, O_RDWR);
    return lock && !sys::try_lock(*lock, sys::LockMode::exclusive);
}

} // namespace strata::store
