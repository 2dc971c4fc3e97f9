// SPDX-License-Identifier: Apache-2.0
#include "cli/listing.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "cli/printable.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::cli {
namespace {

using templates::Value;

constexpr std::string_view kTable = "table";

/// In `--format` a backslash and a letter are two characters, as the shell hands them over.
std::string with_escapes(std::string_view format)
{
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const std::string_view pair = format.substr(i, 2);
        const bool is_escape = pair == "\\t" || pair == "\\n";
        text += is_escape ? (pair == "\\t" ? '\t' : '\n') : format[i];
        i += is_escape ? 1 : 0;
    }
    return text;
}

/// The template of a format, without the word that chooses the style.
std::string template_text(std::string_view format, std::string_view default_format)
{
    if (format.empty() || format == kTable) {
        format = default_format;
    }
    if (format.starts_with(kTable)) { // "table{{.ID}}", too
        format.remove_prefix(kTable.size());
        format.remove_prefix(std::min(format.find_first_not_of(" \t"), format.size()));
    }
    return format == "json" ? "{{json .}}" : with_escapes(format);
}

std::string only_argument(std::string_view method, std::span<const Value> arguments)
{
    if (arguments.size() != 1) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("wrong number of args for {}: want 1 got {}", method, arguments.size())};
    }
    if (!arguments[0].is<std::string>()) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("wrong type for value; expected string; got {}", type_name(arguments[0]))};
    }
    return arguments[0].as<std::string>();
}

void refuse_arguments(std::string_view method, std::span<const Value> arguments)
{
    if (!arguments.empty()) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("wrong number of args for {}: want 0 got {}", method, arguments.size())};
    }
}

class RowObject final : public templates::Object {
public:
    RowObject(std::span<const ListField> fields, const Row& row) : fields_{fields}, row_{row} {}

    std::optional<Value> get(std::string_view name, std::span<const Value> arguments) const override
    {
        if (name == "Label") {
            const std::string label = only_argument(name, arguments);
            const auto found =
                std::ranges::find(row_.labels, label, [](const auto& each) -> const std::string& {
                    return each.first;
                });
            return found == row_.labels.end() ? std::string{} : found->second;
        }
        const auto found = std::ranges::find(fields_, name, &ListField::name);
        if (found == fields_.end()) {
            return std::nullopt;
        }
        refuse_arguments(name, arguments);
        return row_.values.at(static_cast<std::size_t>(found - fields_.begin()));
    }

    std::string type_name() const override
    {
        std::string names;
        for (const ListField& field : fields_) {
            names += fmt::format("{}.{}", names.empty() ? "" : " ", field.name);
        }
        return fmt::format("row, which has {}", names);
    }

    std::string json() const override
    {
        std::vector<std::pair<std::string_view, std::string_view>> members;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            members.emplace_back(fields_[i].name, row_.values.at(i));
        }
        std::ranges::sort(members);
        std::string text = "{";
        for (const auto& [name, value] : members) {
            text += text.size() == 1 ? "" : ",";
            text += strata::json::quote(name, strata::json::EscapeHtml::yes);
            text += ':';
            text += strata::json::quote(value, strata::json::EscapeHtml::yes);
        }
        return text + '}';
    }

private:
    std::span<const ListField> fields_;
    const Row& row_;
};

class HeaderObject final : public templates::Object {
public:
    explicit HeaderObject(std::span<const ListField> fields) : fields_{fields} {}

    std::optional<Value> get(std::string_view name, std::span<const Value> arguments) const override
    {
        if (name == "Label") {
            // "com.example.build-date" → "build date"
            std::string label = only_argument(name, arguments);
            label.erase(0, label.rfind('.') + 1);
            std::ranges::replace_if(
                label, [](char c) { return c == '-' || c == '_'; }, ' ');
            return label;
        }
        const auto found = std::ranges::find(fields_, name, &ListField::name);
        return found == fields_.end() ? std::nullopt
                                      : std::optional<Value>{std::string{found->header}};
    }
    std::string type_name() const override { return "header"; }
    std::string json() const override { return "{}"; }

private:
    std::span<const ListField> fields_;
};

} // namespace

Listing::Listing(std::string_view format, std::string_view default_format,
                 std::span<const ListField> fields)
    : style_{Style::each}
    , fields_{fields}
    , template_{templates::Template::parse(template_text(format, default_format))}
{
    const std::string_view chosen = format.empty() ? default_format : format;
    if (chosen.starts_with(kTable)) {
        style_ = Style::table;
        const HeaderObject header{fields_};
        text_ = template_.run(&header, {.is_header = true}) + '\n';
    }
}

bool Listing::uses(std::string_view field) const
{
    return template_.mentions(field) || template_.mentions_everything();
}

void Listing::check_fields() const
{
    const Row empty{.values = std::vector<std::string>(fields_.size())};
    const RowObject object{fields_, empty};
    try {
        template_.run(&object);
    } catch (const Error& error) {
        // What else can fail is what it does with values, of which there are none here.
        if (error.message().find("can't evaluate field") != std::string::npos) {
            throw;
        }
    }
}

void Listing::add(const Row& row)
{
    const RowObject object{fields_, row};
    const std::string line = template_.run(&object);
    text_ += (style_ == Style::table ? without_controls(line) : line) + '\n';
}

std::string Listing::text() const
{
    return style_ == Style::table ? align_tabs(text_) : text_;
}

} // namespace strata::cli
