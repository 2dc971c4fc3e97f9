// SPDX-License-Identifier: Apache-2.0
//
// Strata has no daemon: what Docker calls the server is the engine in this very process. The keys
// that scripts read of either are there ({{.Server.Version}}), except for those that would be a
// lie: no API is served, so there is no APIVersion.
#include "cli/version.hpp"

#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/format.hpp"
#include "cli/session.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ctime>
#include <string>

namespace strata::cli {
namespace {

namespace json = boost::json;
using templates::Field;
using templates::kBoolean;
using templates::kString;
using templates::Type;

constexpr Field kClientFields[] = {
    {"Version", "Version", &kString},   {"GitCommit", "GitCommit", &kString},
    {"Compiler", "Compiler", &kString}, {"Os", "Os", &kString},
    {"Arch", "Arch", &kString},         {"BuildTime", "BuildTime", &kString},
    {"Context", "Context", &kString},
};
constexpr Type kClient{Type::Form::structure, "clientVersion", nullptr, kClientFields};
constexpr Field kComponentFields[] = {{"Name", "Name", &kString},
                                      {"Version", "Version", &kString},
                                      {"Details", "Details", &templates::kStringMap}};
constexpr Type kComponent{Type::Form::structure, "component", nullptr, kComponentFields};
constexpr Type kComponents{Type::Form::list, "[]component", &kComponent};
constexpr Field kServerFields[] = {
    {"Components", "Components", &kComponents},
    {"Version", "Version", &kString},
    {"GitCommit", "GitCommit", &kString},
    {"Compiler", "Compiler", &kString},
    {"Os", "Os", &kString},
    {"Arch", "Arch", &kString},
    {"BuildTime", "BuildTime", &kString},
    {"Experimental", "Experimental", &kBoolean},
};
constexpr Type kServer{Type::Form::structure, "serverVersion", nullptr, kServerFields};
constexpr Field kVersionFields[] = {{"Client", "Client", &kClient}, {"Server", "Server", &kServer}};
constexpr Type kVersion{Type::Form::structure, "versionInfo", nullptr, kVersionFields};

struct VersionOptions {
    std::string format;
};

void declare(ArgParser& args, VersionOptions& options)
{
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
}

/// "Fri Nov 21 00:09:00 2026", of the commit rather than of the build: the same sources give the
/// same program.
std::string build_time()
{
    const std::time_t seconds = version::commit_seconds();
    char text[64];
    std::tm parts{};
    const std::size_t size =
        std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", gmtime_r(&seconds, &parts));
    return seconds == 0 ? "unknown" : std::string{text, size};
}

json::object common()
{
    return {{"Version", version::number()},    {"GitCommit", version::commit()},
            {"Compiler", version::compiler()}, {"Os", "linux"},
            {"Arch", version::architecture()}, {"BuildTime", build_time()}};
}

std::string document()
{
    json::object client = common();
    client["Context"] = "default";
    json::object server{
        {"Components",
         json::array{json::object{{"Name", "Engine"},
                                  {"Version", version::number()},
                                  {"Details", json::object{{"GitCommit", version::commit()},
                                                           {"Os", "linux"},
                                                           {"Arch", version::architecture()},
                                                           {"BuildTime", build_time()},
                                                           {"Experimental", "false"}}}}}}};
    for (const auto& [key, value] : common()) {
        server[key] = value;
    }
    server["Experimental"] = false;
    return json::serialize(
        json::object{{"Client", std::move(client)}, {"Server", std::move(server)}});
}

ExitStatus run(Session& session, const VersionOptions& options)
{
    if (!options.format.empty()) {
        session.out().print("{}\n", format_document(options.format, document(), kVersion));
        return ExitStatus::ok;
    }
    const auto print = [&](std::string_view indent, std::string_view key, std::string_view value) {
        session.out().print("{}{:<{}}{}\n", indent, key, 20 - indent.size(), value);
    };
    const std::string built = build_time();
    const std::string platform = fmt::format("linux/{}", version::architecture());
    for (const std::string_view part : {"Client", "Server"}) {
        const bool is_client = part == "Client";
        const std::string_view indent = is_client ? " " : "  ";
        session.out().write(is_client ? "Client:\n"
                                      : "\nServer: in this process, without a daemon\n Engine:\n");
        print(indent, "Version:", version::number());
        print(indent, "Compiler:", version::compiler());
        print(indent, "Git commit:", version::commit());
        print(indent, "Built:", built);
        print(indent, "OS/Arch:", platform);
        is_client ? print(indent, "Context:", "default") : print(indent, "Experimental:", "false");
    }
    return ExitStatus::ok;
}

} // namespace

constinit const Command version_command = command<VersionOptions, declare, run>({
    .names = {"version"},
    .group = Group::common,
    .summary = "Show the version of Strata",
});

} // namespace strata::cli
