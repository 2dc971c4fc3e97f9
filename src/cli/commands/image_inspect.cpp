// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/operands.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "engine/images.hpp"
#include "oci/platform.hpp"

#include <optional>
#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct ImageInspectOptions {
    std::vector<std::string> images;
    std::string format;
    std::string platform;
};

void declare(ArgParser& args, ImageInspectOptions& options)
{
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
    args.option("--platform", options.platform,
                "Inspect a specific platform of the multi-platform image");
    args.arguments("IMAGE [IMAGE...]", options.images, 1).complete(Complete::images);
}

ExitStatus run(Session& session, const ImageInspectOptions& options)
{
    const auto platform = parse_platform(options.platform);
    std::vector<std::string> documents;
    Failures failures{session.err()};
    for (const std::string& name : options.images) {
        failures.guard(
            [&] { documents.push_back(engine::inspect_image(session.engine(), name, platform)); });
    }
    session.out().write(format_documents(options.format, documents, kImageType));
    return failures.status();
}

} // namespace

constinit const Command image_inspect_command = command<ImageInspectOptions, declare, run>({
    .names = {"image inspect"},
    .summary = "Display detailed information on one or more images",
    .failures = FailureStyle::inspect,
});

} // namespace strata::cli
