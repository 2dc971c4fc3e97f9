// SPDX-License-Identifier: Apache-2.0
#include "base/size.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/registry_data.hpp"
#include "cli/session.hpp"
#include "registry/operations.hpp"

namespace strata::cli {
namespace {

using registry::GcOptions;

struct CollectOptions {
    std::string config;
    bool dry_run = false;
    bool everything = false;
    bool ignore_grace = false;
    bool delete_untagged = false;
    bool quiet = false;
};

void declare(ArgParser& args, CollectOptions& options)
{
    declare_registry_config(args, options.config);
    args.flag("--dry-run", options.dry_run, "Say what would go, and why; change nothing");
    args.flag("--all", 'a', options.everything,
              "Look through everything, not only what some change has made suspicious");
    args.flag(
        "--ignore-grace", options.ignore_grace,
        "Also what was pushed a moment ago; a push that is under way may have to begin again");
    args.flag("--delete-untagged", options.delete_untagged,
              "Also manifests that no tag, index or subject keeps");
    args.flag("--quiet", 'q', options.quiet, "Print only the last line");
}

/// The words of Distribution's command, which is used in crontabs.
void declare_distribution(ArgParser& args, CollectOptions& options)
{
    options.everything = true;
    args.optional_argument("[CONFIG]", options.config).complete(Complete::files);
    args.flag("--dry-run", 'd', options.dry_run, "Say what would go, and why; change nothing");
    args.flag("--delete-untagged", 'm', options.delete_untagged,
              "Also manifests that no tag, index or subject keeps");
    args.flag("--quiet", 'q', options.quiet, "Print only the last line");
}

std::string named(const registry::Review& review)
{
    const std::string_view kind =
        review.kind == registry::Review::Kind::manifest ? "manifest" : "blob";
    return review.repository.empty()
               ? fmt::format("{} {}", kind, review.digest.str())
               : fmt::format("{}: {} {}", review.repository, kind, review.digest.str());
}

void tell(Session& session, std::string_view what, const registry::Collected& done)
{
    session.out().print("{}: {} and {} of {} judged, {} set free\n", what,
                        counted(done.manifests, "manifest"), counted(done.blobs, "blob"),
                        done.judged, human_size(static_cast<double>(done.bytes)));
}

ExitStatus run(Session& session, const CollectOptions& options)
{
    registry::Config config = registry_config(options.config);
    config.collection.delete_untagged =
        config.collection.delete_untagged || options.delete_untagged;
    const RegistryData data = open_registry(std::move(config));
    GcOptions gc;
    gc.scope = options.everything ? GcOptions::Scope::everything : GcOptions::Scope::queued;
    if (options.ignore_grace) {
        gc.due_by = Timestamp::max();
    }
    if (!options.quiet) {
        gc.see = [&](const registry::Review& review, const registry::Metadata::Verdict& verdict) {
            session.out().print("{}: {}{}: {}\n", named(review), verdict.garbage ? "goes" : "stays",
                                review.due > gc.due_by ? " after the grace period" : "",
                                verdict.why);
        };
    }
    if (options.dry_run) {
        const registry::Rehearsed told = registry::rehearse_collection(*data.metadata, gc);
        tell(session, "Would remove", told.now);
        if (told.later.manifests + told.later.blobs > 0) {
            tell(session, "After the grace period, by that", told.later);
        }
    } else {
        tell(session, "Removed", registry::collect_garbage(*data.metadata, *data.files, gc));
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command registry_gc_command = command<CollectOptions, declare, run>({
    .names = {"registry gc"},
    .summary = "Collect what nothing needs any more",
    .manual = "A registry that serves does this by itself; no read-only mode is needed, ever. With "
              "--dry-run it explains what would happen now, and what that would make garbage in "
              "its turn.",
});

constinit const Command registry_garbage_collect_command =
    command<CollectOptions, declare_distribution, run>({
        .names = {"registry garbage-collect"},
        .summary = "Collect garbage, called as Distribution's command is called",
        .manual = "The same as 'strata registry gc --all': safe while the registry serves; what "
                  "was pushed within the grace period stays.",
    });

} // namespace strata::cli
