// SPDX-License-Identifier: Apache-2.0
#include "store/lease.hpp"

#include "base/error.hpp"
#include "store/dead_leases.hpp"
#include "store/object.hpp"
#include "sys/file.hpp"
#include "sys/lock.hpp"
#include "sys/random.hpp"

#include <fcntl.h>
#include <system_error>

#include <filesystem>
#include <utility>

namespace strata::store {

Lease Lease::create(const Layout& layout, std::shared_ptr<const StepHook> hook)
{
    // A folder whose lock nobody holds is taken for dead. Between mkdir and flock ours looks like
    // that, so whoever looks for the dead excludes whoever holds this one.
    const sys::Fd gate = sys::open_file(layout.tmp(), O_RDONLY | O_DIRECTORY);
    sys::lock(gate, sys::LockMode::shared);

    std::string id = sys::random_hex(16);
    Path folder = layout.tmp() / id;
    sys::make_folder(folder, 0700);
    sys::Fd lock = sys::open_file(folder / kLeaseLock, O_RDWR | O_CREAT | O_EXCL, 0600);
    sys::lock(lock, sys::LockMode::exclusive);
    return Lease{std::move(id), std::move(folder), std::move(lock), std::move(hook)};
}

Lease::Lease(std::string id, Path folder, sys::Fd lock, std::shared_ptr<const StepHook> hook)
    : id_{std::move(id)}, folder_{std::move(folder)}, lock_{std::move(lock)}, hook_{std::move(hook)}
{
}

Lease::Lease(Lease&& other) noexcept
    : id_{std::move(other.id_)}
    , folder_{std::exchange(other.folder_, {})}
    , lock_{std::move(other.lock_)}
    , hook_{std::move(other.hook_)}
    , next_{other.next_.load()}
{
}

Lease::~Lease()
{
    if (folder_.empty()) {
        return;
    }
    // An intent that is still there means that files may have stayed outside; the collector must
    // find the note.
    std::error_code ignored;
    std::filesystem::remove(intents(), ignored);
    if (std::filesystem::exists(intents(), ignored)) {
        return;
    }
    try {
        sys::remove_tree(folder_);
    } catch (const Error&) {
        // What is left is a dead lease, which collect() removes.
    }
}

Path Lease::new_name() const
{
    return folder_ / std::to_string(next_.fetch_add(1, std::memory_order_relaxed));
}

Path Lease::make_folder() const
{
    Path folder = new_name();
    sys::make_folder(folder, 0700);
    return folder;
}

void Lease::intend(const Object& object) const
{
    step("intent");
    sys::ensure_folders(intents(), 0700);
    sys::open_file(intents() / object.str(), O_WRONLY | O_CREAT, 0600);
}

void Lease::forget_intent(const Object& object) const
{
    step("forget intent");
    sys::remove_file(intents() / object.str());
}

void Lease::step(std::string_view name) const
{
    if (hook_ && *hook_) {
        (*hook_)(name);
    }
}

} // namespace strata::store
