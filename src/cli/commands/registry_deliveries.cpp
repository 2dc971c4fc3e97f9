// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/format.hpp"
#include "cli/listing.hpp"
#include "cli/registry_data.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "registry/notify/event.hpp"

#include <algorithm>
#include <charconv>

namespace strata::cli {
namespace {

struct DeliveriesOptions {
    std::string config;
    std::string endpoint;
    std::string format;
};

void declare(ArgParser& args, DeliveriesOptions& options)
{
    declare_registry_config(args, options.config);
    args.option("--format", options.format, kListFormatHelp);
    args.optional_argument("[ENDPOINT]", options.endpoint);
}

constexpr ListField kFields[] = {
    {"ID", "ID"},         {"Endpoint", "ENDPOINT"}, {"Event", "EVENT"},
    {"Status", "STATUS"}, {"Attempts", "ATTEMPTS"}, {"LastAttempt", "LAST ATTEMPT"},
    {"Time", "TIME"},     {"Error", "ERROR"},       {"Body", "BODY"},
};
constexpr std::string_view kTable = "table {{.ID}}\t{{.Endpoint}}\t{{.Event}}\t{{.Status}}\t"
                                    "{{.Attempts}}\t{{.LastAttempt}}\t{{.Error}}";

std::vector<std::string> endpoints(const registry::Config& config, const std::string& asked)
{
    std::vector<std::string> names;
    for (const registry::EndpointConfig& endpoint : config.notifications.endpoints) {
        if (asked.empty() || endpoint.name == asked) {
            names.push_back(endpoint.name);
        }
    }
    if (names.empty() && !asked.empty()) {
        throw Error{Errc::not_found, fmt::format("the configuration has no endpoint '{}'", asked)};
    }
    return names;
}

Row row_of(const registry::Delivery& delivery)
{
    return {.values = {fmt::format("{}", delivery.id), delivery.endpoint,
                       registry::event_in_words(delivery.event),
                       delivery.status == 0 ? "-" : fmt::format("{}", delivery.status),
                       fmt::format("{}", delivery.attempts), time_ago(delivery.when),
                       local_time(delivery.when), delivery.error, delivery.event}};
}

ExitStatus run(Session& session, const DeliveriesOptions& options)
{
    constexpr std::size_t kAll = 10'000; // more than are kept
    const RegistryData data = open_registry(options.config);
    Listing listing{options.format, kTable, kFields};
    listing.check_fields();
    for (const std::string& endpoint : endpoints(data.config, options.endpoint)) {
        for (const auto& delivery : data.metadata->list_deliveries(endpoint, kAll)) {
            listing.add(row_of(delivery));
        }
    }
    session.out().write(listing.text());
    return ExitStatus::ok;
}

struct ReplayOptions {
    std::string config;
    std::vector<std::string> deliveries;
};

void declare_replay(ArgParser& args, ReplayOptions& options)
{
    declare_registry_config(args, options.config);
    args.arguments("ID [ID...]", options.deliveries, 1);
}

void replay(registry::Metadata& metadata, const std::string& text)
{
    std::int64_t id = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, id);
    if (problem != std::errc{} || stopped != end || !metadata.replay(id)) {
        throw Error{Errc::not_found, fmt::format("no delivery {}", text),
                    "'strata registry deliveries' lists them."};
    }
}

ExitStatus run_replay(Session& session, const ReplayOptions& options)
{
    const RegistryData data = open_registry(options.config);
    Failures failures{session.err()};
    for (const std::string& text : options.deliveries) {
        failures.guard([&] {
            replay(*data.metadata, text);
            session.out().print("{}\n", text);
        });
    }
    return failures.status();
}

} // namespace

constinit const Command registry_deliveries_command = command<DeliveriesOptions, declare, run>({
    .names = {"registry deliveries"},
    .summary = "List the events that were sent to the endpoints of notifications",
    .manual = "The last thousand of each endpoint, the latest first. One whose last attempt was "
              "not answered with 2xx or 3xx is tried again, and those after it wait.",
});

constinit const Command registry_replay_command =
    command<ReplayOptions, declare_replay, run_replay>({
        .names = {"registry replay"},
        .summary = "Send events to their endpoint once more",
        .manual = "They follow what is waiting for that endpoint already. One that was not taken "
                  "yet is tried at once. A registry that serves sends them within seconds.",
    });

} // namespace strata::cli
