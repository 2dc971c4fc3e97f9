// SPDX-License-Identifier: Apache-2.0
//
// `--format` of every command that lists: a table, JSON lines, or a Go template for each row.
#pragma once

#include "cli/template/template.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::cli {

inline constexpr std::string_view kListFormatHelp =
    "Format output: 'table', 'table TEMPLATE', 'json', or a Go template for each row";

/// What templates can ask a row for: `.ID`.
struct ListField {
    std::string_view name;
    std::string_view header; // "IMAGE ID"
};

struct Row {
    std::vector<std::string> values;                           // one for each field, in their order
    std::vector<std::pair<std::string, std::string>> labels{}; // what `.Label "k"` looks in
};

/// The texts that `--format` may be: "", "table", "table TEMPLATE", "json", "TEMPLATE".
///
///     Listing listing{options.format, "table {{.ID}}\t{{.Repository}}", kFields};
///     for (…) {
///         listing.add({.values = {…, listing.uses("Size") ? size() : ""}});
///     }
///     session.out().write(listing.text());
class Listing {
public:
    /// Throws Errc::invalid_argument for a template that does not parse. `fields` has static
    /// storage.
    Listing(std::string_view format, std::string_view default_format,
            std::span<const ListField> fields);

    /// Whether the value of a field will be looked at: some cost work.
    bool uses(std::string_view field) const;
    /// Whether it is asked for by name, and not only with all others.
    bool names(std::string_view field) const { return template_.mentions(field); }

    /// Throws as add() for a template that asks for other fields: where nothing is listed, too.
    void check_fields() const;

    /// Throws Errc::conflict for a template that asks for other fields, and Errc::exhausted.
    void add(const Row& row);

    std::string text() const;

private:
    enum class Style { table, each };

    Style style_;
    std::span<const ListField> fields_;
    templates::Template template_;
    std::string text_;
};

} // namespace strata::cli
