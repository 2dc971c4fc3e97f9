// SPDX-License-Identifier: Apache-2.0
#include "cli/printable.hpp"

#include "cli/runes.hpp"

namespace strata::cli {
namespace {

bool is_control(char32_t c)
{
    // The second range is what terminals take for an escape and the letter after it.
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F);
}

} // namespace

std::string without_controls(std::string_view text)
{
    std::string printable;
    printable.reserve(text.size());
    while (!text.empty()) {
        const std::string_view before = text;
        const bool hidden = is_control(take_rune(text));
        printable += hidden ? "?" : before.substr(0, before.size() - text.size());
    }
    return printable;
}

} // namespace strata::cli
