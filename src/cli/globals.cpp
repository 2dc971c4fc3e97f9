// SPDX-License-Identifier: Apache-2.0
//
// The flags that stand before the command. Docker's own are taken where they mean something here;
// the others are refused, because a flag that does nothing is a lie: `-H tcp://other` would act on
// this machine.
#include "base/error.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"

#include <algorithm>
#include <array>

namespace strata::cli {
namespace {

constexpr std::string_view kNoDaemon =
    "unsupported: strata works on the store of this machine, without a daemon";
constexpr std::string_view kNoTls =
    "unsupported: strata talks to no daemon, so there is no connection to protect";

void refuse(ArgParser& args, std::string_view name, char letter, std::string_view type,
            std::string_view why)
{
    args.option_with(
            name, letter, type,
            [why](std::string_view) {
                throw Error{Errc::unsupported, std::string{why}};
            },
            why)
        .hide();
}

void set_context(std::string_view name)
{
    if (name != "default") {
        throw Error{Errc::unsupported, std::string{kNoDaemon}, "The only context is 'default'."};
    }
}

void set_log_level(std::string_view level, GlobalOptions& globals)
{
    constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warn", "error", "fatal"};
    if (std::ranges::find(kLevels, level) == kLevels.end()) {
        throw Error{Errc::invalid_argument, fmt::format("not a logging level: {}", level),
                    "Take one of debug, info, warn, error, fatal."};
    }
    globals.debug = globals.debug || level == "debug";
    globals.silences_warnings = level == "error" || level == "fatal";
}

} // namespace

void declare_globals(ArgParser& args, GlobalOptions& globals)
{
    args.stop_at_first_argument();
    args.option("--root", globals.root, "Folder of images and containers (STRATA_ROOT)")
        .complete(Complete::folders);
    args.option("--run-root", globals.run_root,
                "Folder of what is gone after a reboot (STRATA_RUN_ROOT)")
        .complete(Complete::folders);
    args.option("--storage-driver", globals.storage_driver,
                "How layers become file systems: erofs, overlay or vfs");
    args.flag("--debug", 'D', globals.debug, "Say more about failures");
    args.option_with(
            "--log-level", 'l', "string",
            [&](std::string_view level) { set_log_level(level, globals); },
            "Least important message that is shown (\"debug\", \"info\", \"warn\", \"error\", "
            "\"fatal\")")
        .shown_default("\"info\"");
    args.option_with("--context", 'c', "string", set_context, "Accepted if it is \"default\"")
        .hide();
    args.flag("--version", 'v', globals.show_version, "Print the version and quit");
    refuse(args, "--config", 0, "string",
           "unsupported: strata reads none of Docker's client configuration");
    refuse(args, "--host", 'H', "list", kNoDaemon);
    refuse(args, "--tls", 0, "", kNoTls);
    refuse(args, "--tlscacert", 0, "string", kNoTls);
    refuse(args, "--tlscert", 0, "string", kNoTls);
    refuse(args, "--tlskey", 0, "string", kNoTls);
    refuse(args, "--tlsverify", 0, "", kNoTls);
}

} // namespace strata::cli
