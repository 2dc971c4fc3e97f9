// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "engine/images.hpp"

#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct RmiOptions {
    std::vector<std::string> images;
    engine::Force force = engine::Force::no;
    bool no_prune = false;
    std::vector<std::string> platforms;
};

void declare(ArgParser& args, RmiOptions& options)
{
    args.flag("--force", 'f', options.force, "Force removal of the image");
    args.flag("--no-prune", options.no_prune, "Do not delete untagged parents");
    args.option("--platform", options.platforms, "Remove only the given platform variant")
        .typed("strings");
    args.arguments("IMAGE [IMAGE...]", options.images, 1).complete(Complete::images);
}

void check(const RmiOptions& options)
{
    if (!options.platforms.empty()) {
        throw Error{Errc::unsupported, "unsupported: --platform: an image here is of one platform",
                    "Remove the image by its name or id."};
    }
}

void print(Output& out, const std::vector<engine::Removed>& removed)
{
    for (const engine::Removed& one : removed) {
        out.print("{}: {}\n", one.kind == engine::Removed::Kind::untagged ? "Untagged" : "Deleted",
                  one.what);
    }
}

ExitStatus run(Session& session, const RmiOptions& options)
{
    const engine::RemoveImage how{.force = options.force,
                                  .parents =
                                      options.no_prune ? engine::Prune::no : engine::Prune::yes};
    Failures failures{session.err()};
    bool only_missing = true;
    for (const std::string& name : options.images) {
        failures.guard([&] {
            try {
                print(session.out(), engine::remove_image(session.engine(), name, how));
            } catch (const Error& error) {
                only_missing = only_missing && error.code() == Errc::not_found;
                throw;
            }
        });
    }
    // With --force, what is not there is as good as removed.
    return options.force == engine::Force::yes && only_missing ? ExitStatus::ok : failures.status();
}

} // namespace

constinit const Command rmi_command = command<RmiOptions, declare, check, run>({
    .names = {"image rm", "image remove", "rmi"},
    .summary = "Remove one or more images",
});

} // namespace strata::cli
