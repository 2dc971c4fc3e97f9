// SPDX-License-Identifier: Apache-2.0
//
// Internal: the process that stays with a container. `run` starts it, with its connection at
// descriptor 3.
#include "container/shim.hpp"

#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "engine/engine.hpp"
#include "sys/socket.hpp"

#include <string>

namespace strata::cli {
namespace {

struct ShimCommandOptions {
    std::string id;
};

void declare(ArgParser& args, ShimCommandOptions& options)
{
    args.argument("CONTAINER", options.id);
}

ExitStatus run(Session& session, const ShimCommandOptions& options)
{
    sys::Fd connection{container::kShimSocket};
    try {
        sys::peer_of(connection);
    } catch (const Error&) {
        connection.release(); // whatever it is, it is not ours to close
        throw Error{Errc::invalid_argument, "'strata shim' is started by 'strata run'"};
    }
    container::ShimOptions shim;
    shim.store.layout = session.engine().layout();
    shim.store.driver = session.engine().driver();
    shim.id = options.id;
    return ExitStatus{container::run_shim(shim, std::move(connection))};
}

} // namespace

constinit const Command shim_command = command<ShimCommandOptions, declare, run>(
    {.names = {"shim"}, .group = Group::hidden, .summary = "Stay with a container (internal)"});

} // namespace strata::cli
