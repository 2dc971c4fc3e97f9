// SPDX-License-Identifier: Apache-2.0
#include "container/launch.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "container/runtime.hpp"
#include "sys/host.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <array>

namespace strata::container {
namespace {

/// The ends of the streams that the container gets, closed as soon as it has them: otherwise we
/// would never see their end.
struct ChildEnds {
    sys::Fd input, output, errors;
};

struct Plumbing {
    ChildEnds child;
    ContainerStreams ours;
    sys::Fd console; // listening for the terminal
};

Plumbing plumb(const Config& config, const ContainerPaths& paths)
{
    Plumbing plumbing;
    plumbing.child.input = sys::open_file("/dev/null", O_RDONLY);
    if (config.terminal) {
        plumbing.console = sys::listen_unix(paths.console_socket, sys::SocketType::stream);
        plumbing.child.output = sys::open_file("/dev/null", O_WRONLY);
        sys::Pipe errors = sys::make_pipe(); // the runtime's own, see failure()
        plumbing.child.errors = std::move(errors.writer);
        plumbing.ours.errors = std::move(errors.reader);
        return plumbing;
    }
    if (config.open_stdin) {
        sys::Pipe input = sys::make_pipe();
        plumbing.child.input = std::move(input.reader);
        plumbing.ours.input = std::move(input.writer);
    }
    sys::Pipe output = sys::make_pipe(), errors = sys::make_pipe();
    plumbing.child.output = std::move(output.writer);
    plumbing.ours.output = std::move(output.reader);
    plumbing.child.errors = std::move(errors.writer);
    plumbing.ours.errors = std::move(errors.reader);
    return plumbing;
}

/// Runs the runtime to its end: the container goes on without it.
sys::ExitStatus run_runtime(const Runtime& runtime, const Record& record,
                            const ContainerPaths& paths, ChildEnds ends)
{
    RuntimeCall call{.id = record.id,
                     .bundle = paths.run_folder,
                     .states = paths.runtime_states,
                     .log = paths.runtime_log,
                     .pid_file = paths.pid_file};
    if (record.config.terminal) {
        // Its name alone, from the folder that the runtime is started in: a socket's address holds
        // 107 bytes.
        call.console_socket = paths.console_socket.filename();
    }
    sys::Process process =
        sys::Process::spawn({.command = run_arguments(runtime, call),
                             .fds = {{0, ends.input}, {1, ends.output}, {2, ends.errors}},
                             .folder = paths.run_folder});
    ends = {};
    return process.wait();
}

std::string what_is_there(const sys::Fd& pipe)
{
    std::string text;
    if (!pipe) {
        return text;
    }
    sys::set_nonblocking(pipe);
    std::array<char, 4096> buffer;
    try {
        while (const std::size_t count =
                   sys::read_some(pipe, std::as_writable_bytes(std::span{buffer}))) {
            text.append(buffer.data(), count);
        }
    } catch (const Error&) { // nothing more for now
    }
    return text;
}

Error failure(const Runtime& runtime, const Record& record, const ContainerPaths& paths,
              const Plumbing& plumbing)
{
    const auto log = sys::find_file(paths.runtime_log, O_RDONLY);
    return runtime_failure(runtime, log ? sys::read_small_file(paths.runtime_log) : std::string{},
                           what_is_there(plumbing.ours.errors), record.config.arguments().front());
}

ProcessId read_process(const ContainerPaths& paths)
{
    const auto pid = parse_integer<int>(trim(sys::read_small_file(paths.pid_file)));
    if (!pid) {
        throw Error{Errc::internal, "the OCI runtime did not say which process it started"};
    }
    return {.pid = *pid, .start_time = sys::start_time_of(*pid).value_or(0)};
}

sys::Fd receive_terminal(const sys::Fd& console)
{
    auto connection = sys::accept_client(console);
    std::array<std::byte, 4096>
        name; // the runtime says what the terminal is called; nobody needs it
    sys::Received received = sys::receive_with_fds(connection.value(), name);
    if (received.fds.size() != 1) {
        throw Error{Errc::internal, "the OCI runtime did not hand over the terminal"};
    }
    return std::move(received.fds.front());
}

} // namespace

Launched launch(const Record& record, const ContainerPaths& paths)
{
    const Runtime runtime = find_runtime(record.config.runtime);
    Plumbing plumbing = plumb(record.config, paths);
    const sys::ExitStatus status = run_runtime(runtime, record, paths, std::move(plumbing.child));
    if (!status.success()) {
        throw failure(runtime, record, paths, plumbing);
    }
    Launched launched{.process = read_process(paths), .streams = std::move(plumbing.ours)};
    if (record.config.terminal) {
        sys::Fd master = receive_terminal(plumbing.console);
        launched.streams.errors.reset();
        if (record.config.open_stdin) {
            launched.streams.input = master.duplicate();
        }
        launched.streams.output = std::move(master);
        launched.streams.terminal = true;
    }
    return launched;
}

} // namespace strata::container
