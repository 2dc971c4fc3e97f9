// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "cli/runes.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace strata::cli {
namespace {

using Cells = std::vector<std::string_view>;

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

struct Range {
    char32_t first;
    char32_t last;
};

// The blocks that matter in names and labels, rather than all of Unicode's tables.
constexpr std::array kWide{
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD},
};
constexpr std::array kInvisible{Range{0x0300, 0x036F}, Range{0x200B, 0x200F},
                                Range{0xFE00, 0xFE0F}};

template <std::size_t size>
bool within(const std::array<Range, size>& ranges, char32_t c)
{
    return std::ranges::any_of(
        ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

/// The width of column `column` for each line: that of the run of lines around it which have such a
/// cell.
std::vector<std::size_t> column_widths(const std::vector<Cells>& lines, std::size_t column,
                                       const TabLayout& layout)
{
    const auto has_column = [&](std::size_t line) { return column + 1 < lines[line].size(); };
    std::vector<std::size_t> widths(lines.size());
    for (std::size_t begin = 0; begin < lines.size();) {
        std::size_t end = begin;
        std::size_t width = layout.min_width;
        for (; end < lines.size() && has_column(end); ++end) {
            width = std::max(width, display_width(lines[end][column]) + layout.padding);
        }
        std::fill(widths.begin() + static_cast<std::ptrdiff_t>(begin),
                  widths.begin() + static_cast<std::ptrdiff_t>(end), width);
        begin = std::max(end, begin + 1);
    }
    return widths;
}

} // namespace

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const char32_t c = take_rune(text);
        width += within(kWide, c) ? 2 : within(kInvisible, c) ? 0 : 1;
    }
    return width;
}

std::string align_tabs(std::string_view text, const TabLayout& layout)
{
    std::vector<Cells> lines;
    std::size_t columns = 0;
    for (const std::string_view line : split(text, '\n')) {
        lines.push_back(split(line, '\t'));
        columns = std::max(columns, lines.back().size());
    }
    std::vector<std::string> aligned(lines.size());
    for (std::size_t column = 0; column < columns; ++column) {
        const std::vector<std::size_t> widths = column_widths(lines, column, layout);
        for (std::size_t line = 0; line < lines.size(); ++line) {
            if (column >= lines[line].size()) {
                continue;
            }
            const std::string_view cell = lines[line][column];
            aligned[line] += cell;
            if (column + 1 < lines[line].size()) {
                aligned[line].append(widths[line] - display_width(cell), ' ');
            }
        }
    }
    std::string all;
    for (std::size_t line = 0; line < aligned.size(); ++line) {
        all += line == 0 ? "" : "\n";
        all += aligned[line];
    }
    return all;
}

void Table::row(std::initializer_list<std::string_view> cells)
{
    std::string_view separator;
    for (const std::string_view cell : cells) {
        rows_ += separator;
        rows_ += cell;
        separator = "\t";
    }
    rows_ += '\n';
}

} // namespace strata::cli
