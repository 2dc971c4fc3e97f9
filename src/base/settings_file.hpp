// SPDX-License-Identifier: Apache-2.0
//
// The configuration file as text: keys, values, lines. What they mean is settings.cpp's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata {

struct SettingLine {
    std::string name;
    std::string text;
    int line = 0; // from 1
};

/// Nothing when the file does not exist. Throws Errc::invalid_argument, with file and line, for
/// what is not YAML, not a list of `name: value`, or names something twice; Errc::denied.
std::optional<std::vector<SettingLine>> read_settings_file(const std::string& file);

/// The same of a text. `file` is for messages.
std::vector<SettingLine> parse_settings_file(const std::string& text, std::string_view file);

} // namespace strata
