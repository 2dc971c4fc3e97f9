// SPDX-License-Identifier: Apache-2.0
#include "base/settings.hpp"

#include "base/error.hpp"
#include "base/settings_file.hpp"
#include "base/size.hpp"
#include "base/strings.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

namespace strata {
namespace {

std::optional<std::string> variable_of_process(std::string_view name)
{
    const char* const value = std::getenv(std::string{name}.c_str());
    return value != nullptr && *value != '\0' ? std::optional<std::string>{value} : std::nullopt;
}

std::string home(const SettingSources& sources)
{
    return sources.environment("HOME").value_or("/");
}

std::string preset(const SettingInfo& info, const SettingSources& sources)
{
    if (sources.is_root || info.user_base == UserBase::same) {
        return std::string{info.preset};
    }
    if (info.user_base == UserBase::runtime) {
        return sources.environment("XDG_RUNTIME_DIR")
                   .value_or(fmt::format("/run/user/{}", ::geteuid())) +
               "/strata";
    }
    return sources.environment("XDG_DATA_HOME").value_or(home(sources) + "/.local/share") +
           "/strata";
}

/// What would be valid, to end a complaint with.
std::string expectation(const SettingInfo& info)
{
    switch (info.kind) {
    case SettingKind::path:
        return "an absolute path";
    case SettingKind::text:
        return "a text";
    case SettingKind::choice:
        return fmt::format("one of {}", join(split_words(info.choices), ", "));
    case SettingKind::size:
        return "a size such as 512m or 1.5g";
    case SettingKind::count:
        return "a whole number from 1";
    case SettingKind::flag:
        return "true or false";
    }
    return {};
}

bool is_valid(const SettingInfo& info, std::string_view text)
{
    switch (info.kind) {
    case SettingKind::path:
        return text.starts_with('/') && text.find('\0') == text.npos;
    case SettingKind::text:
        return text.find('\0') == text.npos;
    case SettingKind::choice: {
        const auto choices = split_words(info.choices);
        return text.empty() || std::ranges::find(choices, text) != choices.end();
    }
    case SettingKind::size:
        try {
            return parse_size(text) > 0;
        } catch (const Error&) {
            return false;
        }
    case SettingKind::count:
        return parse_integer<std::uint64_t>(text).value_or(0) > 0;
    case SettingKind::flag:
        return text == "true" || text == "false";
    }
    return false;
}

[[noreturn]] void refuse_name(std::string_view name, std::string_view where)
{
    std::vector<std::string_view> names;
    names.reserve(std::size(kSettings));
    for (const SettingInfo& info : kSettings) {
        names.push_back(info.name);
    }
    const auto close = closest(name, names);
    throw Error{Errc::invalid_argument,
                fmt::format("{}there is no setting '{}'", where, name.substr(0, 100)),
                close ? fmt::format("Did you mean '{}'?", *close)
                      : fmt::format("The settings are {}.", fmt::join(names, ", "))};
}

std::string with_home(std::string text, SettingKind kind, const SettingSources& sources)
{
    if (kind == SettingKind::path && text.starts_with("~/")) {
        return home(sources) + text.substr(1);
    }
    return text;
}

} // namespace

SettingSources SettingSources::of_process()
{
    SettingSources sources{.environment = variable_of_process,
                           .is_root = ::geteuid() == 0,
                           .files = {"/etc/strata/strata.yml"},
                           .only_file = variable_of_process("STRATA_CONFIG")};
    sources.files.push_back(
        sources.environment("XDG_CONFIG_HOME").value_or(home(sources) + "/.config") +
        "/strata/strata.yml");
    return sources;
}

Settings Settings::load(const SettingSources& sources)
{
    Settings settings;
    for (std::size_t i = 0; i < kSettings.size(); ++i) {
        settings.values_[i] = {preset(kSettings[i], sources), Origin::preset, "default"};
    }
    const std::vector<std::string> files =
        sources.only_file ? std::vector{*sources.only_file} : sources.files;
    for (const std::string& file : files) {
        const auto lines = read_settings_file(file);
        if (!lines && sources.only_file) {
            throw Error{Errc::not_found,
                        fmt::format("STRATA_CONFIG names '{}', which does not exist", file)};
        }
        for (const SettingLine& line : lines.value_or(std::vector<SettingLine>{})) {
            const std::string where = fmt::format("{}:{}", file, line.line);
            const std::size_t index = find_setting(line.name);
            if (index == kNoSetting) {
                refuse_name(line.name, where + ": ");
            }
            settings.assign(
                index, {with_home(line.text, kSettings[index].kind, sources), Origin::file, where});
        }
    }
    for (std::size_t i = 0; i < kSettings.size(); ++i) {
        const SettingInfo& info = kSettings[i];
        if (auto text = sources.environment(info.environment)) {
            settings.assign(i, {with_home(*std::move(text), info.kind, sources),
                                Origin::environment, std::string{info.environment}});
        }
    }
    return settings;
}

void Settings::set(std::string_view name, std::string_view text)
{
    const std::size_t index = find_setting(name);
    if (index == kNoSetting) {
        refuse_name(name, "");
    }
    std::string value{text};
    if (kSettings[index].kind == SettingKind::path && !value.empty()) {
        // Only here does a relative path mean something: whoever types one knows where they are.
        value = std::filesystem::absolute(value).lexically_normal().string();
    }
    assign(index, {std::move(value), Origin::command_line, fmt::format("--{}", name)});
}

void Settings::assign(std::size_t index, SettingValue value)
{
    const SettingInfo& info = kSettings[index];
    if (!is_valid(info, value.text)) {
        // A file's place does not name the key; a variable and a flag are names themselves.
        const std::string key =
            value.origin == Origin::file ? fmt::format(" {}:", info.name) : std::string{};
        throw Error{Errc::invalid_argument,
                    fmt::format("{}:{} '{}' is not {}", value.where, key, value.text.substr(0, 200),
                                expectation(info))};
    }
    values_[index] = std::move(value);
}

const SettingValue& Settings::value(std::string_view name) const
{
    const std::size_t index = find_setting(name);
    if (index == kNoSetting) {
        refuse_name(name, "");
    }
    return values_[index];
}

bool Settings::flag(std::size_t index) const
{
    return values_[index].text == "true";
}

std::uint64_t Settings::number(std::size_t index) const
{
    const std::string& text = values_[index].text;
    return kSettings[index].kind == SettingKind::size
               ? parse_size(text)
               : parse_integer<std::uint64_t>(text).value_or(1);
}

std::string settings_manual()
{
    std::string text =
        "# Settings\n"
        "\n"
        "Made from the table in `src/base/settings_table.hpp`. Do not edit.\n"
        "\n"
        "A setting is taken from, in rising order: its default; `/etc/strata/strata.yml`; "
        "`~/.config/strata/strata.yml`; its environment variable; the command line, where there is "
        "a flag of the same name. `STRATA_CONFIG` names one file to read instead of the two.\n"
        "\n"
        "The file is YAML, one setting a line:\n"
        "\n"
        "```yaml\n"
        "root: /srv/strata\n"
        "max-layer-size: 64g\n"
        "```\n"
        "\n"
        "A name that is no setting, or a value that is none, is an error that says where it "
        "stands. Sizes are in powers of 1024.\n";
    for (const SettingInfo& info : kSettings) {
        fmt::format_to(std::back_inserter(text),
                       "\n## {}\n\n{}\n\n- value: {}\n- default: {}{}\n- variable: `{}`\n",
                       info.name, info.doc, expectation(info),
                       info.preset.empty() ? "none" : fmt::format("`{}`", info.preset),
                       info.user_base == UserBase::data
                           ? ", or `$XDG_DATA_HOME/strata` for others than root"
                       : info.user_base == UserBase::runtime
                           ? ", or `$XDG_RUNTIME_DIR/strata` for others than root"
                           : "",
                       info.environment);
    }
    return text;
}

} // namespace strata
