// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace strata::cli {

struct TabLayout {
    std::size_t min_width = 10;
    std::size_t padding = 3;
};

/// Turns tabs into columns, as Go's text/tabwriter does for Docker: cells of neighbouring lines
/// that end with a tab share a width; what follows a line's last tab is not padded. Widths are
/// those on a terminal, so that a wide character counts twice (Go counts once, and Docker's columns
/// slip).
std::string align_tabs(std::string_view text, const TabLayout& layout = {});

/// Columns that `text` takes on a terminal.
std::size_t display_width(std::string_view text);

/// Rows, collected and aligned at the end: `out.write(table.text())`.
class Table {
public:
    void row(std::initializer_list<std::string_view> cells);
    std::string text() const { return align_tabs(rows_); }

private:
    std::string rows_;
};

} // namespace strata::cli
