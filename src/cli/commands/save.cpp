// SPDX-License-Identifier: Apache-2.0
#include "engine/save.hpp"

#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/operands.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "sys/file.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct SaveOptions {
    std::vector<std::string> images;
    std::string output;
    std::string platform;
};

void declare(ArgParser& args, SaveOptions& options)
{
    args.option("--output", 'o', options.output, "Write to a file, instead of STDOUT")
        .complete(Complete::files);
    args.option("--platform", options.platform,
                "Save only the given platform variant. Formatted as \"os[/arch[/variant]]\"");
    args.arguments("IMAGE [IMAGE...]", options.images, 1).complete(Complete::images);
}

/// Where nothing is left behind, an interruption needs no care; and nobody who waits for room in a
/// pipe could take any.
bool leaves_a_file(const std::string& output)
{
    const auto status = sys::find_status(output);
    return !status || S_ISREG(status->st_mode);
}

ExitStatus run(Session& session, const SaveOptions& options)
{
    ProgressLine progress{session.err()};
    engine::SaveImages request{.names = options.images,
                               .platform = parse_platform(options.platform),
                               .progress = progress.reporter(),
                               .stop = {}};
    if (!options.output.empty()) {
        if (leaves_a_file(options.output)) {
            request.stop = session.stops_when_interrupted();
        }
        engine::save_images_to_file(session.engine(), request, options.output);
        return ExitStatus::ok;
    }
    if (session.out().is_terminal()) {
        throw Error{Errc::invalid_argument,
                    "cowardly refusing to save to a terminal. Use the -o flag or redirect"};
    }
    session.out().flush();
    engine::save_images(session.engine(), request, session.out().duplicate_fd());
    return ExitStatus::ok;
}

} // namespace

constinit const Command save_command = command<SaveOptions, declare, run>({
    .names = {"image save", "save"},
    .summary = "Save one or more images to a tar archive (streamed to STDOUT by default)",
});

} // namespace strata::cli
