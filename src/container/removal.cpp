// SPDX-License-Identifier: Apache-2.0
#include "container/removal.hpp"

#include "base/error.hpp"
#include "container/alive.hpp"
#include "container/bundle.hpp"
#include "container/cgroup.hpp"
#include "container/volume_store.hpp"
#include "store/image_store.hpp"
#include "store/layer_driver.hpp"
#include "store/mount_namespace.hpp"
#include "store/store.hpp"
#include "sys/lock.hpp"
#include "sys/namespace.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <thread>

namespace strata::container {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 10s;

[[noreturn]] void give_up(const Record& record)
{
    throw Error{
        Errc::unavailable,
        fmt::format("container {} does not come to an end", record.id.substr(0, 12)),
        "Look for a process that cannot be killed: it may wait for a disk or a network mount."};
}

[[noreturn]] void refuse_running(const Record& record)
{
    throw Error{Errc::conflict,
                fmt::format("cannot remove container \"/{}\": container is running: stop the "
                            "container before removing or force remove",
                            record.name)};
}

/// Version 1 of cgroups lets nothing die that is frozen, and a commit that was killed may have left
/// it so.
void thaw(const Record& record)
{
    try {
        freeze(record.id, Freeze::no);
    } catch (const Error&) {
        // It has no cgroup any more: then it is dead, or as good as.
    }
}

/// Kills the process of a record, and waits for its end if it is nobody else's to see.
void kill_process(const Record& record, Clock::time_point deadline)
{
    const auto process = sys::find_process(static_cast<int>(record.process.pid));
    if (!process ||
        !is_running(record.process)) { // in this order: the descriptor is of that process
        return;
    }
    sys::send_signal(*process, SIGKILL);
    thaw(record);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (!sys::wait_readable(*process, std::max(left, 0ms))) {
        give_up(record);
    }
}

/// The container's lock, once whoever runs it has recorded its end. Nothing when the container has
/// gone with it.
std::optional<sys::Fd> wait_for_lock(const store::Layout& layout, const ContainerStore& containers,
                                     Record& record, Running running)
{
    const auto deadline = Clock::now() + kPatience;
    for (;;) {
        if (running == Running::kill) {
            kill_process(record, deadline);
        } else if (is_running(record.process)) {
            refuse_running(record);
        }
        if (auto lock = try_lock(layout, record.id)) {
            return lock;
        }
        if (Clock::now() > deadline) {
            give_up(record);
        }
        std::this_thread::sleep_for(2ms); // for the shim to write it down
        auto now = containers.find(record.id);
        if (!now) {
            return std::nullopt;
        }
        record = *std::move(now);
    }
}

/// Only where something was left mounted: a shim that ends by itself has cleaned up.
void clean_up_after_shim(store::Store& store, const Record& record)
{
    if (!sys::find_status(store.layout().run_container(record.id))) {
        return;
    }
    remove_cgroups(record.id);
    sys::in_mount_namespace(store::ensure_mount_namespace(store.layout()),
                            [&] { discard_bundle(store, record); });
}

/// A disk may be so full that even the reserve is no room for the transaction. What the container
/// wrote is to go anyway, so there it goes first: a crash right after leaves a container that wrote
/// nothing.
void remove_record(store::Store& store, ContainerStore& containers, const std::string& id)
{
    try {
        store.with_reserve([&] { containers.remove(id); });
    } catch (const Error& error) {
        if (error.code() != Errc::exhausted) {
            throw;
        }
        const sys::Path folder = store.layout().container(id);
        if (const auto upper = store.driver().upper_folder(folder)) {
            sys::remove_tree(*upper);
        } else if (const auto root = store.driver().root_folder(folder)) {
            sys::remove_tree(*root);
        }
        containers.remove(id);
    }
}

} // namespace

void forget(store::Store& store, ContainerStore& containers, const Record& record,
            AnonymousVolumes volumes)
{
    const bool image_is_listed = store.images().find(record.image).has_value();
    remove_record(store, containers, record.id);
    remove_folders(store.layout(), record.id);
    if (volumes == AnonymousVolumes::remove) {
        for (const MountPoint& mount : record.config.mounts) {
            if (mount.anonymous) {
                remove_volume(store.layout(), mount.source);
            }
        }
    }
    if (!image_is_listed) { // it was removed by force, and waited for us
        store.collect();
    }
}

void remove(store::Store& store, const Record& record, Running running, AnonymousVolumes volumes)
{
    ContainerStore containers{store};
    Record current = record;
    const auto lock = wait_for_lock(store.layout(), containers, current, running);
    if (!lock) {
        return;
    }
    clean_up_after_shim(store, current);
    forget(store, containers, current, volumes);
}

} // namespace strata::container
