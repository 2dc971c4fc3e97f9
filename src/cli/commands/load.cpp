// SPDX-License-Identifier: Apache-2.0
#include "engine/load.hpp"

#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/operands.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"

#include <string>

namespace strata::cli {
namespace {

struct LoadOptions {
    std::string input;
    bool quiet = false;
    std::string platform;
};

void declare(ArgParser& args, LoadOptions& options)
{
    args.option("--input", 'i', options.input, "Read from tar archive file, instead of STDIN")
        .complete(Complete::files);
    args.option("--platform", options.platform,
                "Load only the given platform variant. Formatted as \"os[/arch[/variant]]\"");
    args.flag("--quiet", 'q', options.quiet, "Suppress the load output");
}

void print(Output& out, const engine::LoadedImage& image)
{
    for (const oci::Reference& name : image.names) {
        for (const auto& [displaced, before] : image.displaced) {
            if (displaced == name) {
                out.print("The image {} already exists, renaming the old one with ID {} to empty "
                          "string\n",
                          name.familiar(), before);
            }
        }
        out.print("Loaded image: {}\n", name.familiar());
    }
    if (image.names.empty()) {
        out.print("Loaded image ID: {}\n", image.id);
    }
}

ExitStatus run(Session& session, const LoadOptions& options)
{
    if (options.input.empty() && session.in().is_terminal()) {
        throw Error{Errc::invalid_argument, "requested load from stdin, but stdin is empty"};
    }
    const auto platform = parse_platform(options.platform);
    ProgressLine progress{session.err(), options.quiet ? ProgressLine::Shown::no
                                                       : ProgressLine::Shown::on_terminals};
    engine::LoadImages request{.archive = options.input.empty() ? session.in().duplicate_fd()
                                                                : open_input(options.input),
                               .platform = platform,
                               .progress = progress.reporter(),
                               .stop = session.stops_when_interrupted()};
    const std::vector<engine::LoadedImage> loaded =
        engine::load_images(session.engine(), std::move(request));
    progress.clear();
    for (const engine::LoadedImage& image : loaded) {
        print(session.out(), image);
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command load_command = command<LoadOptions, declare, run>({
    .names = {"image load", "load"},
    .summary = "Load an image from a tar archive or STDIN",
});

} // namespace strata::cli
