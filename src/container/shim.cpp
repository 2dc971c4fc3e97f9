// SPDX-License-Identifier: Apache-2.0
#include "container/shim.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "container/alive.hpp"
#include "container/bundle.hpp"
#include "container/cgroup.hpp"
#include "container/container_store.hpp"
#include "container/launch.hpp"
#include "container/log_writer.hpp"
#include "container/relay.hpp"
#include "container/removal.hpp"
#include "container/runtime.hpp"
#include "container/shim_protocol.hpp"
#include "store/layer_driver.hpp"
#include "store/mount_namespace.hpp"
#include "sys/host.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"
#include "sys/socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>

#include <chrono>

namespace strata::container {
namespace {

using namespace std::chrono_literals;

/// How long streams may stay open, without a byte, after the container's end: somebody outside has
/// been given one.
constexpr auto kStreamsPatience = 2s;

std::int64_t now_ns()
{
    return now().time_since_epoch().count();
}

/// The first message of the client that made us, and what came with it.
struct Start {
    StartRequest request;
    sys::Fd lock;
    FrameReader held; // what else it has said already
};

std::optional<Start> wait_for_start(const sys::Fd& client)
{
    Start start;
    for (;;) {
        const auto space = start.held.space();
        sys::Received received = sys::receive_with_fds(client, std::as_writable_bytes(space));
        if (received.bytes == 0) {
            return std::nullopt; // it has thought better of it, or died
        }
        if (!received.fds.empty()) {
            start.lock = std::move(received.fds.front());
        }
        start.held.received(received.bytes);
        if (const auto frame = start.held.next()) {
            if (frame->type != FrameType::start || !start.lock) {
                throw Error{Errc::internal, "a shim is told to start first of all"};
            }
            start.request = decode_start(frame->payload);
            return start;
        }
    }
}

/// Watches one container from its start to its end.
class Supervisor {
public:
    Supervisor(store::Store& store, ContainerStore& containers, const Record& record, sys::Fd lock)
        : store_{store}
        , containers_{containers}
        , record_{record}
        , paths_{store.layout(), record.id}
        , lock_{std::move(lock)}
        , log_{paths_.log, {.bytes = record.config.log_bytes, .files = record.config.log_files}}
        , relay_{loop_,
                 log_,
                 {.signal = [this](int number) { signal(number); },
                  .ended = [this] { finish_when_ended(); },
                  .quiet = [this] { stop_when_quiet(); }}}
        , signals_{SIGCHLD, SIGTERM, SIGINT, SIGHUP}
        , listener_{sys::listen_unix(paths_.socket, sys::SocketType::stream)}
    {
        loop_.watch(signals_.fd(), sys::Interest::read, [this](sys::Ready) { take_signals(); });
        sys::set_nonblocking(listener_);
        loop_.watch(listener_, sys::Interest::read, [this](sys::Ready) {
            if (auto client = sys::accept_client(listener_)) {
                relay_.add_client(*std::move(client), {});
            }
        });
    }

    /// Returns when the container has ended, all is recorded, and the clients have been told.
    void run(Launched launched, sys::Fd client, Start start)
    {
        process_ = launched.process;
        try {
            containers_.set_running(record_.id, process_, now_ns());
        } catch (const Error&) { // then nobody could find it: better it does not run
            signal(SIGKILL);
            throw;
        }
        const bool is_its_own = record_.config.attached && !record_.config.terminal;
        relay_.start(std::move(launched.streams),
                     is_its_own ? InputEnds::with_the_last_client : InputEnds::with_the_container);
        relay_.add_client(std::move(client), start.request.attach, std::move(start.held));
        relay_.tell(FrameType::started, encode(static_cast<std::uint64_t>(process_.pid)));
        reap(); // it may have ended before we listened
        loop_.run();
    }

private:
    void take_signals()
    {
        while (const auto arrived = signals_.read()) {
            if (arrived->number == SIGCHLD) {
                reap();
            } else {
                signal(arrived->number); // the machine shuts down: the container is told, and we
                                         // wait for it
            }
        }
    }

    void reap()
    {
        while (const auto child = sys::reap_any()) {
            if (child->pid != process_.pid) {
                continue; // an orphan of the container's that is not in its pid namespace
            }
            exit_code_ = child->status.shell_code();
            process_ = {};
            if (record_.config.pid == NamespaceMode::host) { // no namespace took the others with it
                remove_cgroups(record_.id);
            }
            relay_.process_ended();
            if (relay_.streams_ended()) {
                finish_when_ended();
            } else {
                loop_.after(kStreamsPatience, [this] { relay_.close_streams(); });
            }
        }
    }

    /// Once both have ended, the process and its streams.
    void finish_when_ended()
    {
        if (!exit_code_ || finished_) {
            return;
        }
        finished_ = true;
        const bool stays = !record_.config.remove_on_exit;
        if (stays) {
            containers_.set_exited(record_.id, *exit_code_, now_ns());
        }
        relay_.tell(FrameType::exited, encode(std::int32_t{*exit_code_}));
        remove_cgroups(record_.id);
        discard_bundle(store_, record_);
        if (!stays) {
            forget(store_, containers_, record_, AnonymousVolumes::remove);
            relay_.tell(FrameType::removed);
        }
        lock_.reset(); // whatever somebody wants to do with the container now, they can
        stop_when_quiet();
    }

    void stop_when_quiet()
    {
        if (finished_ && relay_.is_quiet()) {
            loop_.stop();
        }
    }

    void signal(int number) const
    {
        if (process_.pid > 0) {
            // A child of ours that we have not reaped: the number is still its own.
            ::kill(static_cast<pid_t>(process_.pid), number);
        }
    }

    store::Store& store_;
    ContainerStore& containers_;
    const Record& record_;
    ContainerPaths paths_;
    sys::Fd lock_;
    LogWriter log_;
    sys::EventLoop loop_;
    Relay relay_;
    sys::SignalFd signals_;
    sys::Fd listener_;
    ProcessId process_;
    std::optional<int> exit_code_;
    bool finished_ = false;
};

/// It could not be started: the record says why, if it is to stay.
void record_failure(store::Store& store, ContainerStore& containers, const Record& record,
                    const Error& error)
{
    remove_cgroups(record.id);
    discard_bundle(store, record);
    if (record.config.remove_on_exit) {
        forget(store, containers, record, AnonymousVolumes::remove);
    } else {
        containers.set_failed(record.id, exit_code_of(error), error.message());
    }
}

void supervise(const ShimOptions& options, sys::Fd client)
{
    // As much as can be done before the record is there.
    store::Store store{options.store};
    ContainerStore containers{store};
    store.driver();
    // All mounts of ours are in the pinned namespace, which also shows cgroups as OCI runtimes want
    // them.
    store::enter_mount_namespace(options.store.layout);

    auto start = wait_for_start(client);
    if (!start) {
        return;
    }
    const auto record = containers.find(options.id);
    if (!record) {
        throw Error{Errc::not_found, fmt::format("No such container: {}", options.id)};
    }
    try {
        prepare_bundle(store, *record, start->request.window);
        Supervisor supervisor{store, containers, *record, std::move(start->lock)};
        supervisor.run(launch(*record, ContainerPaths{options.store.layout, record->id}),
                       std::move(client), *std::move(start));
    } catch (const Error& error) {
        record_failure(store, containers, *record, error);
        throw;
    }
}

} // namespace

ShimHandle spawn_shim(const ShimOptions& options)
{
    auto [ours, theirs] = sys::make_socket_pair(sys::SocketType::stream);
    const sys::Fd nothing = sys::open_file("/dev/null", O_RDWR);
    std::vector<std::string> command{sys::own_executable().string(), "--root",
                                     options.store.layout.root.string(), "--run-root",
                                     options.store.layout.run_root.string()};
    if (options.store.driver) {
        command.insert(command.end(), {"--storage-driver", *options.store.driver});
    }
    command.insert(command.end(), {"shim", options.id});
    sys::Process::spawn({.command = std::move(command),
                         .fds = {{0, nothing}, {1, nothing}, {2, nothing}, {kShimSocket, theirs}},
                         .folder = "/",
                         .new_session = sys::NewSession::yes})
        .detach();
    return {.socket = std::move(ours)};
}

int run_shim(const ShimOptions& options, sys::Fd client)
{
    sys::ignore_broken_pipes();
    sys::become_subreaper();
    const sys::Fd told = client.duplicate();
    try {
        supervise(options, std::move(client));
        return 0;
    } catch (const Error& error) {
        std::string message;
        append_frame(message, FrameType::failed, encode(error));
        try {
            sys::write_all(told, message);
        } catch (const Error&) { // the client has gone: nobody is left to tell
        }
        return 1;
    }
}

} // namespace strata::container
