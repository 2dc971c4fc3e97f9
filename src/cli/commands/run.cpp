// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/run_flags.hpp"
#include "cli/session.hpp"
#include "engine/containers.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct RunCommandOptions {
    RunFlags flags;
    std::string cidfile, detach_keys;
    bool detached = false;
    bool forward_signals = true;
    bool quiet = false;
    std::string image;
    std::vector<std::string> command;
};

void declare(ArgParser& args, RunCommandOptions& options)
{
    declare_run_flags(args, options.flags);
    args.option("--cidfile", options.cidfile, "Write the container ID to the file")
        .complete(Complete::files);
    args.flag("--detach", 'd', options.detached,
              "Run container in background and print container ID");
    args.option("--detach-keys", options.detach_keys,
                "Override the key sequence for detaching a container");
    args.flag("--quiet", 'q', options.quiet, "Suppress the pull output");
    args.flag("--sig-proxy", options.forward_signals, "Proxy received signals to the process");
    args.argument("IMAGE", options.image).complete(Complete::images);
    args.arguments("[COMMAND] [ARG...]", options.command, 0);
    args.stop_at_first_argument();
}

/// Made before the container is, so that it cannot be forgotten; the id goes in when there is one.
sys::Fd make_id_file(const std::string& path)
{
    try {
        return sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    } catch (const Error& error) {
        if (error.code() != Errc::already_exists) {
            throw;
        }
    }
    throw Error{Errc::already_exists,
                fmt::format("container ID file found, make sure the other container isn't running "
                            "or delete {}",
                            path)};
}

container::AttachStreams streams_of(Session& session, const RunCommandOptions& options)
{
    const bool interactive = options.flags.create.open_stdin && !options.detached;
    container::AttachStreams streams{.input = interactive ? session.in().fd() : -1,
                                     .output = session.out().fd(),
                                     .errors = session.err().fd(),
                                     .raw = false,
                                     .window = -1,
                                     .forward_signals = options.forward_signals,
                                     .detach_keys = {}};
    if (interactive && options.flags.create.terminal) {
        streams.raw = true;
    }
    if (options.flags.create.terminal) {
        streams.window = session.out().is_terminal()  ? session.out().fd()
                         : session.in().is_terminal() ? session.in().fd()
                                                      : -1;
    }
    streams.detach_keys = options.detach_keys.empty()
                              ? container::AttachStreams{}.detach_keys
                              : container::parse_detach_keys(options.detach_keys);
    return streams;
}

ExitStatus run(Session& session, const RunCommandOptions& options)
{
    if (options.flags.create.open_stdin && options.flags.create.terminal && !options.detached &&
        !session.in().is_terminal()) {
        // Docker's client says this itself, and ends with 1.
        session.err().write("the input device is not a TTY\n");
        return ExitStatus::failure;
    }
    engine::RunOptions request{
        .create = create_request(options.flags), .streams = {}, .created = {}};
    request.create.image = options.image;
    request.create.command = options.command;
    request.create.attached = !options.detached;
    request.streams = streams_of(session, options);

    sys::Fd id_file;
    if (!options.cidfile.empty()) {
        id_file = make_id_file(options.cidfile);
        request.created = [&](const std::string& id) { sys::write_all(id_file, id); };
    }
    const engine::RunOutcome outcome = engine::run_container(session.engine(), request);
    if (options.detached) {
        session.out().print("{}\n", outcome.id);
    }
    return ExitStatus{outcome.exit_code};
}

} // namespace

constinit const Command run_command = command<RunCommandOptions, declare, run>(
    {.names = {"container run", "run"},
     .group = Group::common,
     .summary = "Create and run a new container from an image",
     .failures = FailureStyle::run});

} // namespace strata::cli
