// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/scope_exit.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "registry/config/config.hpp"
#include "registry/server/log.hpp"
#include "registry/server/server.hpp"
#include "registry/server/sole_server.hpp"
#include "sys/poll.hpp"
#include "sys/service_manager.hpp"
#include "sys/signals.hpp"

#include <csignal>
#include <malloc.h>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace strata::cli {
namespace {

struct ServeOptions {
    std::string config;
};

void declare(ArgParser& args, ServeOptions& options)
{
    args.optional_argument("[CONFIG]", options.config).complete(Complete::files);
}

/// glibc gives each thread a heap of its own and keeps what was freed there. A server of many
/// threads that each need little is better off with a few, and with giving back what is large.
void keep_memory_small()
{
    constexpr int kHeaps = 2;
    constexpr int kLarge = 64 << 10;
    ::mallopt(M_ARENA_MAX, kHeaps);
    ::mallopt(M_MMAP_THRESHOLD, kLarge);
    ::mallopt(M_TRIM_THRESHOLD, 2 * kLarge);
}

/// What signals act on: the take-in at first, and then the server.
class Obedience {
public:
    explicit Obedience(registry::Log& log) : log_{log} {}

    std::stop_token token() const { return stop_.get_token(); }

    void serve(registry::RegistryServer& server)
    {
        const std::scoped_lock lock{mutex_};
        server_ = &server;
        if (stop_.stop_requested()) {
            server.drain();
        }
    }

    void forget_server()
    {
        const std::scoped_lock lock{mutex_};
        server_ = nullptr;
    }

    void obey(int signal)
    {
        const std::scoped_lock lock{mutex_};
        if (signal != SIGHUP) {
            log_.info("stopping: letting the requests at hand end");
            sys::tell_service_manager("STOPPING=1\nSTATUS=Letting the requests at hand end");
            stop_.request_stop();
            if (server_ != nullptr) {
                server_->drain();
            }
        } else if (server_ != nullptr) {
            sys::tell_service_manager("RELOADING=1");
            reload();
            sys::tell_service_manager("READY=1");
        }
    }

private:
    void reload()
    {
        try {
            server_->reload();
            log_.info("certificates and passwords were read again");
        } catch (const Error& error) {
            log_.error(error.what());
        }
    }

    registry::Log& log_;
    std::stop_source stop_;
    std::mutex mutex_;
    registry::RegistryServer* server_ = nullptr;
};

/// Until `end` becomes readable.
void watch_signals(sys::SignalFd& signals, const sys::Fd& end, Obedience& obedience)
{
    sys::EventLoop loop;
    loop.watch(end, sys::Interest::read, [&](sys::Ready) { loop.stop(); });
    loop.watch(signals.fd(), sys::Interest::read, [&](sys::Ready) {
        while (const auto signal = signals.read()) {
            obedience.obey(signal->number);
        }
    });
    loop.run();
}

void serve(const registry::Config& config, registry::Log& log, const sys::Fd& requests,
           Obedience& obedience)
{
    registry::SoleServer sole{config.storage.root};
    sys::tell_service_manager("STATUS=Looking at what is there");
    registry::take_over(config, log, obedience.token());
    registry::RegistryServer server{config, {.messages = log, .requests = requests}};
    sole.note_address(server.address());
    log.info("listening on " + server.address());
    if (const std::string address = server.debug_address(); !address.empty()) {
        log.info("debug server listening on " + address);
    }
    obedience.serve(server);
    const ScopeExit forget{[&] { obedience.forget_server(); }};
    sys::tell_service_manager("READY=1\nSTATUS=Serving on " + server.address());
    server.run();
}

ExitStatus run(Session& session, const ServeOptions& options)
{
    keep_memory_small();
    // Before there is any other thread: they inherit that these are held back.
    sys::SignalFd signals{SIGTERM, SIGINT, SIGHUP};
    sys::ignore_broken_pipes();

    const registry::Config config = registry::load_config(
        options.config.empty() ? std::nullopt : std::optional{options.config});
    registry::Log log{config.log, session.err().duplicate_fd()};
    for (const std::string& warning : config.warnings) {
        log.warn(warning);
    }
    const sys::Fd requests = session.out().duplicate_fd();
    sys::Pipe end = sys::make_pipe();
    Obedience obedience{log};
    const std::jthread watcher{[&] { watch_signals(signals, end.reader, obedience); }};
    const ScopeExit stop_watching{[&] { end.writer.reset(); }};
    serve(config, log, requests, obedience);
    log.info("stopped");
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_serve_command = command<ServeOptions, declare, run>({
    .names = {"registry serve"},
    .summary = "Serve a registry",
    .manual =
        "Takes Distribution's config.yml, its REGISTRY_… variables and its data directory; without "
        "CONFIG the file that REGISTRY_CONFIGURATION_PATH names, or "
        "/etc/distribution/config.yml, or /etc/docker/registry/config.yml. SIGTERM lets the "
        "requests at hand end; SIGHUP reads certificates and passwords again.",
});

} // namespace strata::cli
