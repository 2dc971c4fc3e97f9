// SPDX-License-Identifier: Apache-2.0
#include "engine/changes.hpp"

#include "base/duration.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"
#include "engine/change_words.hpp"
#include "engine/port_specs.hpp"
#include "sys/signals.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>

namespace strata::engine {
namespace {

using oci::ContainerConfig;

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

/// What an instruction gets: its text, and the variables as they were before it.
struct Change {
    const ChangeInstruction& instruction;
    const Variables& variables;

    const std::string& rest() const { return instruction.rest; }
    std::string expanded(std::string_view text) const { return expand(text, variables); }
    void needs_text(std::string_view name, std::string_view how_many) const
    {
        if (rest().empty()) {
            refuse(fmt::format("{} requires {} argument", name, how_many));
        }
    }
};

/// The exec form as it is, the shell form behind the shell.
std::vector<std::string> command_line(const ContainerConfig& config, const std::string& text)
{
    if (auto words = json_words(text)) {
        return *std::move(words);
    }
    std::vector<std::string> words =
        config.shell.value_or(std::vector<std::string>{"/bin/sh", "-c"});
    if (!text.empty()) {
        words.push_back(text);
    }
    return words;
}

void change_cmd(ContainerConfig& config, const Change& change)
{
    config.cmd = command_line(config, change.rest());
}

void change_entrypoint(ContainerConfig& config, const Change& change)
{
    const auto words = command_line(config, change.rest());
    const bool clears = words.empty() || change.rest().empty();
    config.entrypoint = clears ? std::nullopt : std::optional{words};
}

void change_env(ContainerConfig& config, const Change& change)
{
    for (const auto& [name, value] : split_pairs(change.rest(), "ENV")) {
        const std::string expanded_name = change.expanded(name);
        if (expanded_name.empty()) {
            refuse("ENV names can not be blank");
        }
        config.set_env(expanded_name, change.expanded(value));
    }
}

void change_label(ContainerConfig& config, const Change& change)
{
    for (const auto& [name, value] : split_pairs(change.rest(), "LABEL")) {
        std::string expanded_name = change.expanded(name);
        if (expanded_name.empty()) {
            refuse("LABEL names can not be blank");
        }
        config.labels.insert_or_assign(std::move(expanded_name), change.expanded(value));
    }
}

void change_expose(ContainerConfig& config, const Change& change)
{
    change.needs_text("EXPOSE", "at least one");
    for (const std::string& word : split_quoted_words(change.rest())) {
        for (const std::string& spec : expand_words(word, change.variables)) {
            config.exposed_ports.merge(exposed_ports(spec));
        }
    }
}

void change_volume(ContainerConfig& config, const Change& change)
{
    const auto paths = json_words(change.rest()).value_or(split_quoted_words(change.rest()));
    if (paths.empty()) {
        refuse("VOLUME requires at least one argument");
    }
    for (const std::string& path : paths) {
        const std::string expanded = change.expanded(path);
        if (trim(expanded).empty()) {
            refuse("VOLUME specified can not be an empty string");
        }
        config.volumes.emplace(trim(expanded));
    }
}

void change_user(ContainerConfig& config, const Change& change)
{
    change.needs_text("USER", "exactly one");
    config.user = change.expanded(change.rest());
}

std::string clean_absolute_path(const std::string& path)
{
    std::string clean = std::filesystem::path{"/" + path}.lexically_normal().string();
    if (clean.size() > 1 && clean.ends_with('/')) {
        clean.pop_back();
    }
    return clean;
}

void change_workdir(ContainerConfig& config, const Change& change)
{
    change.needs_text("WORKDIR", "exactly one");
    const std::string path = change.expanded(change.rest());
    if (path.empty()) {
        refuse("cannot normalize nothing");
    }
    config.working_dir =
        clean_absolute_path(path.starts_with('/') ? path : config.working_dir + "/" + path);
}

void change_stopsignal(ContainerConfig& config, const Change& change)
{
    change.needs_text("STOPSIGNAL", "exactly one");
    const std::string signal = change.expanded(change.rest());
    sys::parse_signal(signal);
    config.stop_signal = signal;
}

void change_shell(ContainerConfig& config, const Change& change)
{
    change.needs_text("SHELL", "at least one");
    const auto words = json_words(change.rest());
    if (!words) {
        refuse("SHELL requires the arguments to be in JSON form");
    }
    if (words->empty()) {
        refuse("SHELL requires at least one argument");
    }
    config.shell = *words;
}

void change_onbuild(ContainerConfig& config, const Change& change)
{
    change.needs_text("ONBUILD", "at least one");
    const std::string trigger =
        to_upper(change.rest().substr(0, change.rest().find_first_of(" \t")));
    if (trigger == "ONBUILD") {
        refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    if (trigger == "MAINTAINER" || trigger == "FROM") {
        refuse(fmt::format("{} isn't allowed as an ONBUILD trigger", trigger));
    }
    if (!config.on_build) {
        config.on_build.emplace();
    }
    config.on_build->push_back(change.rest());
}

// --- HEALTHCHECK ---------------------------------------------------------------------------------

std::chrono::nanoseconds health_duration(std::string_view flag, std::string_view text)
{
    using namespace std::chrono_literals;
    const std::chrono::nanoseconds duration = parse_duration(text);
    if (duration != 0ns && duration < 1ms) {
        refuse(fmt::format("Interval \"{}\" cannot be less than 1ms", flag));
    }
    return duration;
}

std::int64_t health_retries(std::string_view text)
{
    const auto retries = parse_integer<std::int32_t>(text.substr(text.starts_with('+') ? 1 : 0));
    if (!retries) {
        refuse(fmt::format("strconv.ParseInt: parsing \"{}\": invalid syntax", text));
    }
    if (*retries < 0) {
        refuse(fmt::format("--retries cannot be negative ({})", *retries));
    }
    return *retries;
}

void set_health_flag(oci::Healthcheck& check, std::string_view flag)
{
    const std::string_view name = flag.substr(2, flag.find('=') - 2);
    const std::string_view value =
        flag.find('=') == std::string_view::npos ? "" : flag.substr(flag.find('=') + 1);
    if (name == "interval") {
        check.interval = health_duration(name, value);
    } else if (name == "timeout") {
        check.timeout = health_duration(name, value);
    } else if (name == "start-period") {
        check.start_period = health_duration(name, value);
    } else if (name == "start-interval") {
        check.start_interval = health_duration(name, value);
    } else if (name == "retries") {
        check.retries = health_retries(value);
    } else {
        refuse(fmt::format("unknown flag: {}", name));
    }
}

void change_healthcheck(ContainerConfig& config, const Change& change)
{
    change.needs_text("HEALTHCHECK", "at least one");
    oci::Healthcheck check;
    for (const std::string& flag : change.instruction.flags) {
        set_health_flag(check, flag);
    }
    const std::size_t end = std::min(change.rest().find_first_of(" \t"), change.rest().size());
    const std::string type = to_upper(change.rest().substr(0, end));
    const std::string command{trim(std::string_view{change.rest()}.substr(end))};
    if (type == "NONE") {
        if (!command.empty()) {
            refuse("HEALTHCHECK NONE takes no arguments");
        }
        check.test = {"NONE"};
    } else if (type == "CMD") {
        if (auto words = json_words(command)) {
            check.test = {"CMD"};
            std::ranges::move(*words, std::back_inserter(check.test));
        } else if (!command.empty()) {
            check.test = {"CMD-SHELL", command};
        }
        if (check.test.size() < 2) {
            refuse("Missing command after HEALTHCHECK CMD");
        }
    } else {
        refuse(fmt::format("Unknown type \"{}\" in HEALTHCHECK (try CMD)", type));
    }
    config.healthcheck = std::move(check);
}

// --- dispatch ------------------------------------------------------------------------------------

enum class Flags { none, its_own };

struct Handler {
    std::string_view word;
    Flags flags;
    void (*apply)(ContainerConfig&, const Change&);
};

constexpr std::array kHandlers{
    Handler{"CMD", Flags::none, change_cmd},
    Handler{"ENTRYPOINT", Flags::none, change_entrypoint},
    Handler{"ENV", Flags::none, change_env},
    Handler{"EXPOSE", Flags::none, change_expose},
    Handler{"HEALTHCHECK", Flags::its_own, change_healthcheck},
    Handler{"LABEL", Flags::none, change_label},
    Handler{"ONBUILD", Flags::none, change_onbuild},
    Handler{"SHELL", Flags::none, change_shell},
    Handler{"STOPSIGNAL", Flags::none, change_stopsignal},
    Handler{"USER", Flags::none, change_user},
    Handler{"VOLUME", Flags::none, change_volume},
    Handler{"WORKDIR", Flags::none, change_workdir},
};

const Handler& handler_of(const ChangeInstruction& instruction)
{
    const auto* const found =
        std::ranges::find(kHandlers, to_upper(instruction.word), &Handler::word);
    if (found == kHandlers.end()) {
        refuse(fmt::format("{} is not a valid change command", instruction.word));
    }
    if (found->flags == Flags::none && !instruction.flags.empty()) {
        const std::string_view flag = instruction.flags.front();
        refuse(fmt::format("unknown flag: {}", flag.substr(2, flag.find('=') - 2)));
    }
    return *found;
}

} // namespace

void apply_changes(ContainerConfig& config, const std::vector<std::string>& instructions)
{
    // A config is JSON, which has no other bytes; so that what is kept is what will be read.
    std::vector<std::string> texts;
    std::ranges::transform(instructions, std::back_inserter(texts), to_valid_utf8);
    const auto parsed = split_instructions(texts);
    if (parsed.empty() && !instructions.empty()) {
        refuse("file with no instructions");
    }
    for (const ChangeInstruction& instruction : parsed) {
        handler_of(instruction); // all words are known, before the first has an effect
    }
    for (const ChangeInstruction& instruction : parsed) {
        const Variables variables =
            [before = config](std::string_view name) -> std::optional<std::string> {
            const auto value = before.find_env(name);
            return value ? std::optional{std::string{*value}} : std::nullopt;
        };
        handler_of(instruction).apply(config, {.instruction = instruction, .variables = variables});
    }
}

} // namespace strata::engine
