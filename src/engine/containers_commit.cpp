// SPDX-License-Identifier: Apache-2.0
//
// What a container wrote: shown, and made into an image.
#include "base/error.hpp"
#include "base/scope_exit.hpp"
#include "base/stop.hpp"
#include "base/strings.hpp"
#include "base/time.hpp"
#include "container/bundle.hpp"
#include "container/cgroup.hpp"
#include "container/upper_tar.hpp"
#include "engine/changes.hpp"
#include "engine/containers.hpp"
#include "engine/engine.hpp"
#include "engine/leased.hpp"
#include "engine/limits.hpp"
#include "erofs/reader.hpp"
#include "oci/image_config.hpp"
#include "oci/reference.hpp"
#include "store/image_store.hpp"
#include "store/layer_driver.hpp"
#include "store/layer_store.hpp"
#include "store/store.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <set>

namespace strata::engine {
namespace {

/// The folder that the container wrote into, and what to compare it with.
struct Written {
    sys::Fd folder;
    container::UpperForm form;
    std::optional<erofs::Reader> base;

    const erofs::Reader* base_or_none() const { return base ? &*base : nullptr; }
};

Written written_by(store::Store& store, const Container& container)
{
    const store::RootfsRequest rootfs = container::rootfs_request(store, container);
    const auto upper = store.driver().upper_folder(rootfs.container);
    const auto whole = upper ? std::nullopt : store.driver().root_folder(rootfs.container);
    const auto& path = upper ? upper : whole;
    Written written{.folder = {},
                    .form = upper ? container::UpperForm::overlay : container::UpperForm::whole,
                    .base = std::nullopt};
    if (path && sys::find_status(*path)) {
        written.folder = sys::open_file(*path, O_RDONLY | O_DIRECTORY);
    }
    if (!rootfs.chain.empty()) {
        written.base.emplace(store.layers().open_stack(rootfs.chain));
    }
    return written;
}

/// How the container runs, as an image would say it: its image's config with what the user changed.
oci::ContainerConfig config_of(const Container& container, const oci::ContainerConfig& image)
{
    const container::Config& own = container.config;
    oci::ContainerConfig config = image;
    config.user = own.user;
    config.env = own.env;
    config.entrypoint = own.entrypoint_is_set && !own.entrypoint.empty()
                            ? std::optional{own.entrypoint}
                            : std::nullopt;
    config.cmd = own.command.empty() ? std::nullopt : std::optional{own.command};
    config.working_dir = own.working_dir;
    config.labels.clear();
    for (const auto& [key, value] : own.labels) {
        config.labels.emplace(key, value);
    }
    config.stop_signal = own.stop_signal;
    config.volumes.insert(own.bare_volumes.begin(), own.bare_volumes.end());
    return config;
}

/// The same, with what says where it ran: for the record of the past that `container_config` is.
oci::ContainerConfig past_config(const Container& container, oci::ContainerConfig config)
{
    const container::Config& own = container.config;
    config.hostname = own.hostname;
    config.domainname = own.domainname;
    config.image = container.image_name;
    config.tty = own.terminal;
    config.open_stdin = config.stdin_once = own.open_stdin;
    config.attach_stdin = own.open_stdin && own.attached;
    config.attach_stdout = config.attach_stderr = own.attached;
    return config;
}

oci::ContainerConfig changed_config(const oci::ContainerConfig& before,
                                    const std::vector<std::string>& changes)
{
    oci::ContainerConfig config = before;
    apply_changes(config, changes);
    if (!config.entrypoint || config.entrypoint->empty()) {
        if (!config.cmd || config.cmd->empty()) { // what runs is not taken away
            config.cmd = before.cmd;
        }
    }
    return config;
}

/// Frozen as long as this object lives, if it runs and should be.
class Frozen {
public:
    Frozen(const Container& container, Pause pause)
        : id_{container.id}
        , frozen_{pause == Pause::yes && container.state == container::State::running}
    {
        if (frozen_) {
            container::freeze(id_, container::Freeze::yes);
        }
    }
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;
    ~Frozen()
    {
        if (frozen_) {
            try {
                container::freeze(id_, container::Freeze::no);
            } catch (const Error&) { // it has been killed meanwhile, its cgroup is gone
            }
        }
    }

private:
    std::string id_;
    bool frozen_;
};

/// What the container wrote, as a layer; nothing if it wrote nothing.
std::optional<oci::DiffId> commit_layer(Engine& engine, const store::Lease& lease,
                                        const Container& container, const CommitContainer& request)
{
    store::Store& store = engine.store();
    container::UpperTarOptions options;
    if (const auto latest = source_date_epoch()) {
        options.latest = io::TarTime{
            .seconds = std::chrono::duration_cast<std::chrono::seconds>(latest->time_since_epoch())
                           .count()};
    }
    // As long as we read its files the container stands still.
    const Frozen frozen{container, request.pause};
    const Written written = written_by(store, container);
    if (!written.folder) {
        return std::nullopt;
    }
    options.form = written.form;
    container::UpperTar tar{written.folder, written.base_or_none(), options};
    if (tar.empty()) {
        return std::nullopt;
    }
    store::ReceiveOptions receive = receive_options(engine.settings());
    receive.stop = request.stop;
    store::PendingLayer layer = store.layers().receive(tar, lease, receive);
    throw_if_stopped(request.stop);
    return store.layers().publish(std::move(layer), lease).diff_id;
}

oci::ImageId commit(Engine& engine, const CommitContainer& request, const store::Lease& lease)
{
    store::Store& store = engine.store();
    std::optional<oci::Reference> reference;
    if (request.reference) {
        reference = oci::Reference::parse(*request.reference).with_default_tag();
        if (reference->digest()) {
            throw Error{Errc::invalid_argument, "refusing to create a tag with a digest reference"};
        }
    }
    const Container container = get_container(engine, request.name);
    oci::ImageConfig config = oci::ImageConfig::parse(store.images().config(container.image));
    const oci::ContainerConfig before = config_of(container, config.config);
    config.config = changed_config(before, request.changes);

    const Timestamp created = source_date_epoch().value_or(now());
    const auto layer = commit_layer(engine, lease, container, request);

    config.created = created;
    config.author = request.author;
    config.comment.clear();
    config.container = container.id;
    config.container_config = past_config(container, before);
    oci::HistoryEntry step;
    step.created = created;
    step.created_by = join(container.config.command, " ");
    step.author = request.author;
    step.comment = request.message;
    step.empty_layer = !layer;
    config.add_step(std::move(step), layer);
    if (const std::size_t most = max_layers(engine.settings()); config.diff_ids.size() > most) {
        throw Error{Errc::exhausted,
                    fmt::format("the image would have {} layers, more than the {} allowed",
                                config.diff_ids.size(), most),
                    "The setting is max-layers."};
    }

    const store::NewImage image{
        .config = config.print(), .parent = container.image, .manifest = {}, .blobs = {}};
    if (!reference) {
        return store.images().put(image, lease);
    }
    store.images().put_and_tag(image, *reference, lease);
    return oci::ImageId{oci::Digest::of(image.config)};
}

} // namespace

std::vector<container::Change> diff_container(Engine& engine, std::string_view name)
{
    const Container container = get_container(engine, name);
    const Written written = written_by(engine.store(), container);
    return written.folder ? container::changes(written.folder, written.base_or_none(), written.form)
                          : std::vector<container::Change>{};
}

ContainerSize container_size(Engine& engine, const Container& container)
{
    ContainerSize size;
    std::set<ino_t> seen;
    const Written written = written_by(engine.store(), container);
    if (written.folder) {
        container::walk_upper(
            written.folder, written.base_or_none(), written.form,
            {.entry = [&](const container::UpperEntry& entry) {
                const bool counts = written.form == container::UpperForm::overlay ||
                                    entry.differs || entry.presence != container::Presence::present;
                // As Docker counts: symlinks, too, and what has many names once.
                const bool is_new =
                    entry.status.st_nlink < 2 || seen.insert(entry.status.st_ino).second;
                if (counts && is_new &&
                    (S_ISREG(entry.status.st_mode) || S_ISLNK(entry.status.st_mode))) {
                    size.written += static_cast<std::uint64_t>(entry.status.st_size);
                }
            }});
    }
    const auto image = engine.store().images().find(container.image);
    size.total = size.written + (image ? image->size : 0);
    return size;
}

oci::ImageId commit_container(Engine& engine, const CommitContainer& request)
{
    return with_lease(engine.store(),
                      [&](const store::Lease& lease) { return commit(engine, request, lease); });
}

} // namespace strata::engine
