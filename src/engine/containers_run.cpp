// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "container/alive.hpp"
#include "container/bundle.hpp"
#include "container/removal.hpp"
#include "container/shim.hpp"
#include "container/shim_protocol.hpp"
#include "engine/containers.hpp"
#include "engine/containers_create.hpp"
#include "engine/engine.hpp"
#include "oci/image_config.hpp"
#include "oci/platform.hpp"
#include "store/image_store.hpp"
#include "store/store.hpp"
#include "sys/socket.hpp"
#include "sys/terminal.hpp"

#include <fmt/format.h>

namespace strata::engine {
namespace {

std::optional<oci::Platform> wanted_platform(const CreateContainer& request)
{
    try {
        return request.platform ? std::optional{oci::Platform::parse(*request.platform)}
                                : std::nullopt;
    } catch (const Error& error) {
        throw Error{error.code(), "error parsing specified platform: " + error.message(),
                    error.hint()};
    }
}

void check_platform(const oci::ImageConfig& image, const std::optional<oci::Platform>& wanted,
                    const CreateContainer& request)
{
    const oci::Platform found = image.platform();
    if (wanted && (wanted->os != found.os || wanted->architecture != found.architecture)) {
        throw Error{Errc::not_found, fmt::format("image with reference {} was found but does not "
                                                 "provide the specified platform ({})",
                                                 request.image, *request.platform)};
    }
}

/// Makes the record. With it the container exists.
container::Record create(Engine& engine, const CreateContainer& request, std::string id)
{
    const auto platform = wanted_platform(request);
    store::Store& store = engine.store();
    const store::Image image = store.images().get_as_written(request.image);
    const oci::ImageConfig config = oci::ImageConfig::parse(store.images().config(image.id));
    check_platform(config, platform, request);
    if (!request.name.empty()) {
        container::check_name(request.name);
    }
    container::Record record{.id = std::move(id),
                             .name = request.name,
                             .image = image.id,
                             .image_name = request.image,
                             .created_ns = now().time_since_epoch().count(),
                             .config = {}};
    record.config = merge_config(config.config, request, record.id, engine.settings());
    container::ContainerStore{store}.add(record);
    return record;
}

container::StartRequest start_request(const RunOptions& options)
{
    const container::AttachStreams& streams = options.streams;
    container::StartRequest request;
    if (options.create.attached) {
        request.attach = {.input = streams.input >= 0,
                          .output = streams.output >= 0,
                          .errors = streams.errors >= 0};
    }
    if (streams.window >= 0) {
        request.window = sys::window_size(streams.window).value_or(sys::WindowSize{});
    }
    return request;
}

container::ShimOptions shim_options(Engine& engine, const std::string& id)
{
    container::ShimOptions options;
    options.store.layout = engine.layout();
    options.store.driver = engine.driver();
    options.id = id;
    return options;
}

/// In the background: until it runs, or could not be started.
void wait_until_started(const sys::Fd& shim)
{
    container::FrameReader reader;
    for (;;) {
        const auto space = reader.space();
        const std::size_t count = sys::read_some(shim, std::as_writable_bytes(space));
        if (count == 0) {
            throw Error{Errc::unavailable, "the container's shim died before the container ran"};
        }
        reader.received(count);
        while (const auto frame = reader.next()) {
            if (frame->type == container::FrameType::failed) {
                throw container::decode_failure(frame->payload);
            }
            if (frame->type == container::FrameType::started) {
                return;
            }
        }
    }
}

/// Tells the shim to go, and hands it the container's lock.
void send_start(const sys::Fd& shim, const RunOptions& options, sys::Fd lock)
{
    std::string message;
    container::append_frame(message, container::FrameType::start,
                            container::encode(start_request(options)));
    const int passed = lock.get();
    try {
        sys::send_with_fds(shim, std::as_bytes(std::span{message}), {&passed, 1});
    } catch (const Error& error) {
        if (error.code() != Errc::unavailable) {
            throw;
        }
        wait_until_started(shim); // it has ended already, and perhaps said why
    }
}

/// What clients left that were killed is taken while nobody waits for us. The container is what was
/// asked for: a failure here is for the next command to meet.
void collect(Engine& engine)
{
    try {
        container::collect_leftovers(engine.store(), container::ContainerStore{engine.store()});
    } catch (const Error&) {
    }
}

} // namespace

RunOutcome run_container(Engine& engine, const RunOptions& options)
{
    // The shim gets ready while we look for the image.
    std::string id = random_id();
    container::ShimHandle shim = container::spawn_shim(shim_options(engine, id));

    engine.store();
    sys::Fd lock = container::create_folder(engine.layout(), id);
    std::optional<container::Record> record;
    try {
        record = create(engine, options.create, id);
    } catch (const Error&) {
        container::remove_folders(engine.layout(), id);
        throw;
    }
    if (options.created) {
        options.created(record->id);
    }
    try {
        send_start(shim.socket, options, std::move(lock));
    } catch (const Error&) {
        if (options.create.remove_on_exit) {
            container::ContainerStore containers{engine.store()};
            container::forget(engine.store(), containers, *record,
                              container::AnonymousVolumes::remove);
        }
        throw;
    }

    // From here on the container is the shim's.
    if (!options.create.attached) {
        wait_until_started(shim.socket);
        collect(engine);
        return {.id = record->id, .exit_code = 0, .detached = true};
    }
    const container::AttachOutcome outcome = container::attach(
        std::move(shim.socket), options.streams,
        options.create.remove_on_exit ? container::Until::removed : container::Until::exited);
    collect(engine);
    return {.id = record->id,
            .exit_code = outcome.exit_code.value_or(0),
            .detached = !outcome.exit_code.has_value()};
}

} // namespace strata::engine
