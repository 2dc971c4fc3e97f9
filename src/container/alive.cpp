// SPDX-License-Identifier: Apache-2.0
#include "container/alive.hpp"

#include "base/error.hpp"
#include "container/bundle.hpp"
#include "store/store.hpp"
#include "sys/folder_reader.hpp"
#include "sys/host.hpp"
#include "sys/lock.hpp"
#include "sys/process.hpp"

#include <fcntl.h>

#include <algorithm>

namespace strata::container {
namespace {

constexpr std::int64_t kUnknownExit = 255;

/// Held shared while a new container's folder gets its lock, and alone while folders without a lock
/// are looked for, so that a folder never is seen in between.
sys::Fd lock_all(const store::Layout& layout, sys::LockMode mode)
{
    sys::ensure_folders(layout.containers(), 0710);
    sys::Fd folder = sys::open_file(layout.containers(), O_RDONLY | O_DIRECTORY);
    sys::lock(folder, mode);
    return folder;
}

} // namespace

sys::Fd create_folder(const store::Layout& layout, std::string_view id)
{
    const ContainerPaths paths{layout, id};
    const sys::Fd all = lock_all(layout, sys::LockMode::shared);
    sys::make_folder(paths.folder, 0710);
    sys::Fd lock = sys::open_file(paths.lock, O_RDWR | O_CREAT, 0600);
    sys::lock(lock, sys::LockMode::exclusive);
    return lock;
}

std::optional<sys::Fd> try_lock(const store::Layout& layout, std::string_view id)
{
    auto lock = sys::find_file(ContainerPaths{layout, id}.lock, O_RDWR);
    if (!lock || !sys::try_lock(*lock, sys::LockMode::exclusive)) {
        return std::nullopt;
    }
    return lock;
}

bool is_running(const ProcessId& process)
{
    if (process.pid <= 0) {
        return false;
    }
    // In this order: what the descriptor stands for cannot change any more when its start time is
    // compared. One that has ended and that nobody has reaped does not count.
    const auto held = sys::find_process(static_cast<int>(process.pid));
    return held && sys::start_time_of(static_cast<int>(process.pid)) == process.start_time &&
           !sys::has_ended(*held);
}

Record with_true_state(const store::Layout& layout, Record record)
{
    if (record.state != State::running || is_running(record.process)) {
        return record;
    }
    // Its process has ended. If the shim lives it is about to say how; otherwise nobody ever will.
    if (try_lock(layout, record.id)) {
        record.state = State::exited;
        record.exit_code = kUnknownExit;
        record.finished_ns = record.started_ns;
        record.process = {};
    }
    return record;
}

void collect_leftovers(store::Store& store, const ContainerStore& containers)
{
    const store::Layout& layout = store.layout();
    sys::Fd all = lock_all(layout, sys::LockMode::exclusive);
    const std::vector<std::string> folders = sys::sorted_names(all);
    std::vector<std::string> known = containers.ids();
    std::ranges::sort(known);
    for (const std::string& id : folders) {
        if (std::ranges::binary_search(known, id)) {
            continue;
        }
        const auto lock = try_lock(layout, id);
        if (lock || !sys::find_status(ContainerPaths{layout, id}.lock)) {
            remove_folders(layout, id);
        }
    }
    all.reset();
    store.collect();
}

} // namespace strata::container
