// SPDX-License-Identifier: Apache-2.0
#include "base/settings_file.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <yaml-cpp/yaml.h>

namespace strata {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

[[noreturn]] void refuse(std::string_view file, const YAML::Mark& mark, std::string_view problem)
{
    throw Error{Errc::invalid_argument, fmt::format("{}:{}: {}", file, mark.line + 1, problem)};
}

YAML::Node load(const std::string& text, std::string_view file)
{
    try {
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        refuse(file, error.mark, error.msg);
    }
}

} // namespace

std::vector<SettingLine> parse_settings_file(const std::string& text, std::string_view file)
{
    const YAML::Node root = load(text, file);
    if (root.IsNull()) { // empty, or comments only
        return {};
    }
    if (!root.IsMap()) {
        refuse(file, root.Mark(), "expected settings as 'name: value'");
    }
    std::vector<SettingLine> lines;
    for (const auto& entry : root) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
            refuse(file, entry.first.Mark(), "expected a setting as 'name: value'");
        }
        SettingLine line{entry.first.Scalar(), entry.second.Scalar(), entry.first.Mark().line + 1};
        if (std::ranges::find(lines, line.name, &SettingLine::name) != lines.end()) {
            refuse(file, entry.first.Mark(), fmt::format("'{}' is there twice", line.name));
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::optional<std::vector<SettingLine>> read_settings_file(const std::string& file)
{
    errno = 0;
    std::ifstream stream{file, std::ios::binary};
    if (!stream) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return std::nullopt;
        }
        throw_errno("open {}", file);
    }
    std::string text(kMaxBytes + 1, '\0');
    errno = 0;
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad()) {
        throw_errno("read {}", file);
    }
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMaxBytes) {
        throw Error{Errc::exhausted, fmt::format("{}: more than {} bytes", file, kMaxBytes)};
    }
    return parse_settings_file(text, file);
}

} // namespace strata
