// SPDX-License-Identifier: Apache-2.0
//
// Printf of Go's fmt. It never fails: a verb that does not fit its value is printed as such,
// "%!d(string=hi)". Left out: %p and %b of floating point, which no template can want.
#include "base/error.hpp"
#include "base/strings.hpp"
#include "cli/runes.hpp"
#include "cli/template/print.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace strata::cli::templates {
namespace {

/// As Go has it; and the bound on what one verb can print.
constexpr std::size_t kMaxWidth = 1'000'000;

/// Throws before a format that pads many values to a million columns has filled the memory.
void check_size(const std::string& text)
{
    if (text.size() > kMaxText) {
        throw Error{Errc::exhausted, "the text gets too long"};
    }
}

struct Spec {
    bool minus = false;
    bool plus = false;
    bool sharp = false;
    bool space = false;
    bool zero = false;
    std::optional<std::size_t> width;
    std::optional<std::size_t> precision;
    char32_t verb = 0;
};

bool is_one_of(char32_t verb, std::string_view verbs)
{
    return verb < 0x80 && verbs.find(static_cast<char>(verb)) != verbs.npos;
}

std::string padded(const Spec& spec, std::string text)
{
    const std::size_t length = rune_count(text);
    if (!spec.width || length >= *spec.width) {
        return text;
    }
    const std::size_t missing = *spec.width - length;
    if (spec.minus) {
        text.append(missing, ' ');
    } else {
        text.insert(0, missing, spec.zero ? '0' : ' ');
    }
    return text;
}

/// Zeros go between the sign and the digits.
std::string padded_number(const Spec& spec, std::string_view sign, std::string digits)
{
    if (spec.zero && !spec.minus && spec.width && *spec.width > digits.size() + sign.size()) {
        digits.insert(0, *spec.width - digits.size() - sign.size(), '0');
    }
    Spec spaces = spec;
    spaces.zero = false;
    return padded(spaces, std::string{sign} + digits);
}

std::string_view sign_of(const Spec& spec, bool negative)
{
    return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
}

std::string bad_verb(const Spec& spec, const Value& value)
{
    std::string verb;
    append_utf8(verb, spec.verb);
    if (kind(value) == Kind::invalid) {
        return fmt::format("%!{}(<nil>)", verb);
    }
    return fmt::format("%!{}({}={})", verb, type_name(value), printed(value));
}

char32_t code_point(std::int64_t value)
{
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < 0 || value > 0x10FFFF || is_surrogate ? kReplacement
                                                         : static_cast<char32_t>(value);
}

std::string quoted_rune(std::int64_t value)
{
    std::string text;
    append_utf8(text, code_point(value));
    std::string quoted = go_quote(text);
    quoted.front() = quoted.back() = '\'';
    return quoted == "'\\\"'" ? "'\"'" : quoted == "'''" ? "'\\''" : quoted;
}

std::string formatted_integer(const Spec& spec, std::int64_t value)
{
    const auto magnitude = static_cast<std::uint64_t>(
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
    std::string digits;
    std::string prefix;
    switch (static_cast<char>(spec.verb)) {
    case 'b':
        digits = fmt::format("{:b}", magnitude);
        prefix = spec.sharp ? "0b" : "";
        break;
    case 'o':
        digits = fmt::format("{:o}", magnitude);
        prefix = spec.sharp && digits[0] != '0' ? "0" : "";
        break;
    case 'O':
        digits = fmt::format("{:o}", magnitude);
        prefix = "0o";
        break;
    case 'x':
        digits = fmt::format("{:x}", magnitude);
        prefix = spec.sharp ? "0x" : "";
        break;
    case 'X':
        digits = fmt::format("{:X}", magnitude);
        prefix = spec.sharp ? "0X" : "";
        break;
    default:
        digits = fmt::format("{}", magnitude);
        break;
    }
    Spec plain = spec;
    if (spec.precision) {
        if (*spec.precision == 0 && value == 0) {
            return padded(plain, "");
        }
        digits.insert(0, *spec.precision > digits.size() ? *spec.precision - digits.size() : 0,
                      '0');
        plain.zero = false;
    }
    return padded_number(plain, std::string{sign_of(spec, value < 0)} + prefix, std::move(digits));
}

std::string integer(const Spec& spec, std::int64_t value)
{
    if (is_one_of(spec.verb, "vdboOxX")) {
        return formatted_integer(spec, value);
    }
    if (spec.verb == 'c') {
        std::string text;
        append_utf8(text,
                    value < 0 || value > 0x10FFFF ? kReplacement : static_cast<char32_t>(value));
        return padded(spec, text);
    }
    if (spec.verb == 'q') {
        return padded(spec, quoted_rune(value));
    }
    if (spec.verb == 'U') {
        return padded(spec, fmt::format("U+{:04X}", value));
    }
    return bad_verb(spec, value);
}

std::string real(const Spec& spec, double value)
{
    if (!is_one_of(spec.verb, "vgGeEfF")) {
        return bad_verb(spec, value);
    }
    const double magnitude = std::fabs(value);
    std::string digits;
    if (!std::isfinite(value)) {
        digits = std::isnan(value) ? "NaN" : "Inf";
    } else if (is_one_of(spec.verb, "vgG") && !spec.precision) {
        digits = shortest(magnitude);
    } else {
        // More digits than a double can have are zeros, and would only cost time.
        const int precision =
            static_cast<int>(std::min<std::size_t>(spec.precision.value_or(6), 1100));
        digits = is_one_of(spec.verb, "fF")   ? fmt::format("{:.{}f}", magnitude, precision)
                 : is_one_of(spec.verb, "eE") ? fmt::format("{:.{}e}", magnitude, precision)
                                              : fmt::format("{:.{}g}", magnitude, precision);
    }
    if (is_one_of(spec.verb, "GE")) {
        std::ranges::transform(digits, digits.begin(), [](char c) { return c == 'e' ? 'E' : c; });
    }
    return padded_number(spec, sign_of(spec, std::signbit(value)), std::move(digits));
}

std::string hex(const Spec& spec, std::string_view bytes)
{
    const bool upper = spec.verb == 'X';
    const std::string_view prefix = spec.sharp ? (upper ? "0X" : "0x") : "";
    const std::string_view shown = bytes.substr(0, spec.precision.value_or(bytes.size()));
    std::string text{shown.empty() ? "" : prefix};
    for (std::size_t i = 0; i < shown.size(); ++i) {
        text += spec.space && i > 0 ? " " : "";
        text += spec.space && i > 0 ? prefix : "";
        const auto byte = static_cast<unsigned char>(shown[i]);
        text += upper ? fmt::format("{:02X}", byte) : fmt::format("{:02x}", byte);
    }
    return padded(spec, text);
}

std::string_view first_runes(std::string_view text, std::optional<std::size_t> count)
{
    std::string_view rest = text;
    for (std::size_t i = 0; !rest.empty() && i < count.value_or(text.size()); ++i) {
        take_rune(rest);
    }
    return text.substr(0, text.size() - rest.size());
}

std::string string(const Spec& spec, const std::string& value)
{
    if (is_one_of(spec.verb, "vs")) {
        return padded(spec, std::string{first_runes(value, spec.precision)});
    }
    if (spec.verb == 'q') {
        return padded(spec, go_quote(first_runes(value, spec.precision)));
    }
    return is_one_of(spec.verb, "xX") ? hex(spec, value) : bad_verb(spec, value);
}

std::string formatted(const Spec& spec, const Value& raw);

/// Lists, maps and structures: the verb is for what is in them.
std::string formatted_members(const Spec& spec, const Value& value)
{
    std::string_view separator;
    if (kind(value) == Kind::list) {
        std::string text = "[";
        for (std::size_t i = 0; i < length(value); ++i) {
            text += separator;
            text += formatted(spec, element(value, i));
            separator = " ";
            check_size(text);
        }
        return text + "]";
    }
    const bool is_structure = kind(value) == Kind::structure;
    std::string text = is_structure ? "{" : "map[";
    for (const auto& [key, member] : entries(value)) {
        text += separator;
        if (!is_structure || spec.plus) {
            text += (is_structure ? key : formatted(spec, key)) + ":";
        }
        text += formatted(spec, member);
        separator = " ";
        check_size(text);
    }
    return text + (is_structure ? "}" : "]");
}

std::string formatted(const Spec& spec, const Value& raw)
{
    const Value value = resolved(raw);
    if (spec.verb == 'T') {
        return padded(spec, type_name(value));
    }
    switch (kind(value)) {
    case Kind::invalid:
    case Kind::nil:
        return spec.verb == 'v' ? padded(spec, "<nil>") : bad_verb(spec, value);
    case Kind::boolean:
        return is_one_of(spec.verb, "tv") ? padded(spec, printed(value)) : bad_verb(spec, value);
    case Kind::integer:
        return integer(spec, value.as<std::int64_t>());
    case Kind::real:
        return real(spec, value.as<double>());
    case Kind::string:
        return string(spec, value.as<std::string>());
    case Kind::list:
    case Kind::map:
    case Kind::structure:
        return spec.verb == 'v' && !spec.plus ? padded(spec, printed(value))
                                              : formatted_members(spec, value);
    case Kind::object:
        break;
    }
    return padded(spec, printed(value));
}

/// Reads a format from its beginning to its end, taking arguments as its verbs ask for them.
class Printer {
public:
    Printer(std::string_view format, std::span<const Value> arguments)
        : rest_{format}, arguments_{arguments}
    {
    }

    std::string run()
    {
        while (!rest_.empty()) {
            const std::size_t percent = std::min(rest_.find('%'), rest_.size());
            text_ += rest_.substr(0, percent);
            rest_.remove_prefix(percent);
            if (!rest_.empty()) {
                rest_.remove_prefix(1);
                verb();
            }
            check_size(text_);
        }
        if (!reordered_ && next_ < arguments_.size()) {
            extra();
        }
        return std::move(text_);
    }

private:
    void verb()
    {
        Spec spec;
        read_flags(spec);
        read_index();
        spec.width = read_count("%!(BADWIDTH)", spec);
        if (rest_.starts_with('.')) {
            rest_.remove_prefix(1);
            read_index();
            spec.precision = read_count("%!(BADPREC)", spec);
            spec.precision = spec.precision.value_or(0);
        }
        read_index();
        if (rest_.empty()) {
            text_ += "%!(NOVERB)";
            return;
        }
        const std::string_view before = rest_;
        spec.verb = take_rune(rest_);
        const std::string_view spelled = before.substr(0, before.size() - rest_.size());
        if (spec.verb == '%') {
            text_ += '%';
        } else if (!good_index_) {
            text_ += fmt::format("%!{}(BADINDEX)", spelled);
        } else if (next_ >= arguments_.size()) {
            text_ += fmt::format("%!{}(MISSING)", spelled);
        } else {
            text_ += formatted(spec, arguments_[next_]);
            ++next_;
        }
        good_index_ = true;
    }

    void read_flags(Spec& spec)
    {
        for (; !rest_.empty() && is_one_of(static_cast<unsigned char>(rest_[0]), "-+# 0");
             rest_.remove_prefix(1)) {
            spec.minus = spec.minus || rest_[0] == '-';
            spec.plus = spec.plus || rest_[0] == '+';
            spec.sharp = spec.sharp || rest_[0] == '#';
            spec.space = spec.space || rest_[0] == ' ';
            spec.zero = spec.zero || rest_[0] == '0';
        }
        spec.zero = spec.zero && !spec.minus; // zeros on the right would be another number
    }

    std::optional<std::size_t> read_digits()
    {
        std::optional<std::size_t> number;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1)) {
            number = std::min(number.value_or(0) * 10 + static_cast<std::size_t>(rest_[0] - '0'),
                              kMaxWidth + 1);
        }
        return number;
    }

    /// "[3]": the next verb takes the third argument.
    void read_index()
    {
        if (!rest_.starts_with('[')) {
            return;
        }
        reordered_ = true;
        const std::size_t end = rest_.find(']');
        const std::string_view whole = rest_;
        rest_.remove_prefix(1);
        const auto number = read_digits();
        good_index_ = end != whole.npos && number && rest_.starts_with(']') && *number >= 1 &&
                      *number <= arguments_.size();
        next_ = good_index_ ? *number - 1 : next_;
        rest_ = end == whole.npos ? whole.substr(1) : whole.substr(end + 1);
    }

    /// A width or a precision: digits, or "*" for the next argument.
    std::optional<std::size_t> read_count(std::string_view complaint, Spec& spec)
    {
        if (!rest_.starts_with('*')) {
            const auto number = read_digits();
            if (number && *number > kMaxWidth) {
                text_ += complaint;
                return std::nullopt;
            }
            return number;
        }
        rest_.remove_prefix(1);
        const Value value = next_ < arguments_.size() ? resolved(arguments_[next_]) : Value{};
        next_ += next_ < arguments_.size() ? 1 : 0;
        constexpr auto kMost = static_cast<std::int64_t>(kMaxWidth);
        if (!value.is<std::int64_t>() || std::abs(value.as<std::int64_t>()) > kMost) {
            text_ += complaint;
            return std::nullopt;
        }
        const std::int64_t count = value.as<std::int64_t>();
        spec.minus = spec.minus || count < 0;
        return static_cast<std::size_t>(std::abs(count));
    }

    void extra()
    {
        text_ += "%!(EXTRA ";
        std::string_view separator;
        for (const Value& raw : arguments_.subspan(next_)) {
            const Value value = resolved(raw);
            text_ += separator;
            text_ += kind(value) == Kind::invalid
                         ? "<nil>"
                         : fmt::format("{}={}", type_name(value), printed(value));
            separator = ", ";
        }
        text_ += ')';
    }

    std::string_view rest_;
    std::span<const Value> arguments_;
    std::size_t next_ = 0;
    bool reordered_ = false;
    bool good_index_ = true;
    std::string text_;
};

} // namespace

std::string go_printf(std::string_view format, std::span<const Value> arguments)
{
    return Printer{format, arguments}.run();
}

} // namespace strata::cli::templates
