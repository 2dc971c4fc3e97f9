// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "container/container_store.hpp"
#include "container/removal.hpp"
#include "engine/engine.hpp"
#include "engine/system.hpp"
#include "sys/file.hpp"

namespace strata::engine {
namespace {

/// Nothing when the store is too damaged to say.
std::vector<container::Record> containers_of(Engine& engine)
{
    try {
        return container::ContainerStore{engine.store()}.list();
    } catch (const Error& error) {
        if (error.code() == Errc::corrupt || error.code() == Errc::conflict ||
            error.code() == Errc::unsupported) {
            return {};
        }
        throw;
    }
}

} // namespace

void reset_system(Engine& engine)
{
    // Opening a store makes it; what is not there needs no removal.
    if (sys::find_status(engine.layout().driver())) {
        for (const container::Record& record : containers_of(engine)) {
            container::remove(engine.store(), record, container::Running::kill,
                              container::AnonymousVolumes::keep);
        }
        engine.close_store();
    }
    store::reset(engine.layout());
}

store::FsckReport check_system(Engine& engine, store::Repair repair,
                               const std::function<void(const std::string& doing)>& progress)
{
    return store::fsck(engine.store(), repair, progress);
}

} // namespace strata::engine
