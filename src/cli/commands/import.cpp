// SPDX-License-Identifier: Apache-2.0
#include "engine/import.hpp"

#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/operands.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "http/client.hpp"
#include "io/fd_stream.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct ImportOptions {
    std::string source;
    std::string name;
    std::vector<std::string> changes;
    std::string message;
    std::string platform;
};

void declare(ArgParser& args, ImportOptions& options)
{
    args.option("--change", 'c', options.changes,
                "Apply Dockerfile instruction to the created image");
    args.option("--message", 'm', options.message, "Set commit message for imported image");
    args.option("--platform", options.platform, "Set platform if server is multi-platform capable");
    args.argument("file|URL|-", options.source).complete(Complete::files);
    args.optional_argument("[REPOSITORY[:TAG]]", options.name);
}

sys::Fd open(Session& session, const std::string& source)
{
    if (source != "-") {
        return open_input(source);
    }
    if (session.in().is_terminal()) {
        throw Error{Errc::invalid_argument, "requested import from stdin, but stdin is a terminal",
                    "Redirect a tar archive into the command, or name one."};
    }
    return session.in().duplicate_fd();
}

ExitStatus run(Session& session, const ImportOptions& options)
{
    ProgressLine progress{session.err()};
    const std::stop_token stop = session.stops_when_interrupted();
    engine::ImportImage request{.changes = options.changes,
                                .message = options.message,
                                .platform = {},
                                .name = {},
                                .progress = progress.reporter(),
                                .stop = stop};
    if (http::is_url(options.source)) {
        request.url = options.source;
    } else {
        request.archive = std::make_unique<io::FdSource>(open(session, options.source), stop);
    }
    // In Docker's order: the first that is wrong is the one to tell.
    if (!options.name.empty()) {
        request.name = oci::Reference::parse(options.name);
    }
    if (!options.platform.empty()) {
        request.platform = oci::Platform::parse(options.platform);
    }
    const oci::ImageId id = engine::import_image(session.engine(), std::move(request));
    progress.clear();
    session.out().print("{}\n", id);
    return ExitStatus::ok;
}

} // namespace

constinit const Command import_command = command<ImportOptions, declare, run>({
    .names = {"image import", "import"},
    .summary = "Import the contents from a tarball to create a filesystem image",
});

} // namespace strata::cli
