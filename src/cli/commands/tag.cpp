// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "engine/images.hpp"

#include <string>

namespace strata::cli {
namespace {

struct TagOptions {
    std::string source;
    oci::Reference target = oci::Reference::parse("none");
};

void declare(ArgParser& args, TagOptions& options)
{
    args.argument("SOURCE_IMAGE[:TAG]", options.source).complete(Complete::images);
    args.argument("TARGET_IMAGE[:TAG]", options.target);
}

ExitStatus run(Session& session, const TagOptions& options)
{
    engine::tag_image(session.engine(), options.source, options.target);
    return ExitStatus::ok;
}

} // namespace

constinit const Command tag_command = command<TagOptions, declare, run>({
    .names = {"image tag", "tag"},
    .summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
});

} // namespace strata::cli
