// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/settings_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

/// Where a value comes from, weakest first: each overrides those before it.
enum class Origin : std::uint8_t { preset, file, environment, command_line };

struct SettingValue {
    std::string text;
    Origin origin = Origin::preset;
    std::string where; // "default", "/etc/strata/strata.yml:3", "STRATA_ROOT", "--root"
};

/// The world as settings see it. Tests make their own.
struct SettingSources {
    std::function<std::optional<std::string>(std::string_view)> environment;
    bool is_root = true;
    /// Later ones override earlier ones; those that do not exist are passed over.
    std::vector<std::string> files;
    /// From $STRATA_CONFIG, instead of `files`; it must exist.
    std::optional<std::string> only_file;

    /// This process's own: /etc/strata/strata.yml, then ~/.config/strata/strata.yml.
    static SettingSources of_process();
};

namespace detail {

/// The name of a setting as a template argument, so that a misspelled one does not compile.
template <std::size_t Size>
struct SettingName {
    char text[Size]{};
    consteval SettingName(const char (&name)[Size]) { std::copy_n(name, Size, text); }
    constexpr std::string_view view() const { return {text, Size - 1}; }
};

} // namespace detail

/// Every setting, each with its value and where that came from.
class Settings {
public:
    /// Reads defaults, files and environment. Touches a file only if it exists.
    ///
    /// Throws Errc::invalid_argument for a key that is no setting or a value that is none, naming
    /// file, line and key, and what would be valid. Errc::not_found when $STRATA_CONFIG is missing.
    static Settings load(const SettingSources& sources = SettingSources::of_process());

    /// From the command line, where a path may be relative. Throws as load() does.
    void set(std::string_view name, std::string_view text);

    /// `settings.get<"max-layer-size">()`: std::string for paths, texts and choices, bool for
    /// flags, std::uint64_t for sizes (in bytes) and counts.
    template <detail::SettingName Name>
    auto get() const
    {
        constexpr std::size_t index = find_setting(Name.view());
        static_assert(index != kNoSetting, "there is no setting of this name");
        constexpr SettingKind kind = kSettings[index].kind;
        if constexpr (kind == SettingKind::flag) {
            return flag(index);
        } else if constexpr (kind == SettingKind::size || kind == SettingKind::count) {
            return number(index);
        } else {
            return values_[index].text;
        }
    }

    /// Throws Errc::invalid_argument for a name that is none.
    const SettingValue& value(std::string_view name) const;

private:
    Settings() = default;
    void assign(std::size_t index, SettingValue value);
    bool flag(std::size_t index) const;
    std::uint64_t number(std::size_t index) const;

    std::array<SettingValue, kSettings.size()> values_;
};

/// docs/user/settings.md, whole.
std::string settings_manual();

} // namespace strata
