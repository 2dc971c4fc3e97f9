// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "registry/config/config.hpp"
#include "registry/server/log.hpp"
#include "registry/server/server.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"

#include <csignal>
#include <malloc.h>
#include <optional>
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

/// Obeys signals until `end` becomes readable.
void obey_signals(sys::SignalFd& signals, const sys::Fd& end, registry::RegistryServer& server,
                  registry::Log& log)
{
    sys::EventLoop loop;
    loop.watch(end, sys::Interest::read, [&](sys::Ready) { loop.stop(); });
    loop.watch(signals.fd(), sys::Interest::read, [&](sys::Ready) {
        while (const auto signal = signals.read()) {
            if (signal->number != SIGHUP) {
                log.info("stopping: letting the requests at hand end");
                server.drain();
                continue;
            }
            try {
                server.reload();
                log.info("certificates were read again");
            } catch (const Error& error) {
                log.error(error.what());
            }
        }
    });
    loop.run();
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
    registry::RegistryServer server{config, log};
    log.info("listening on " + server.address());

    const sys::Pipe end = sys::make_pipe();
    std::jthread obedient{[&] { obey_signals(signals, end.reader, server, log); }};
    server.run();
    sys::write_some(end.writer, std::as_bytes(std::span{"."}));
    obedient.join();
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
