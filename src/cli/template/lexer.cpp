// SPDX-License-Identifier: Apache-2.0
//
// The rules and the texts of the errors are those of Go's text/template/parse.
#include "cli/template/lexer.hpp"

#include "base/strings.hpp"
#include "cli/runes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::cli::templates {
namespace {

constexpr std::string_view kLeft = "{{";
constexpr std::string_view kRight = "}}";
constexpr std::string_view kTrimmedRight = "-}}"; // with a space before it
constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c)
{
    return kSpaces.find(c) != kSpaces.npos;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_name_rune(char32_t c)
{
    const bool ascii =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    return ascii ||
           (c >= 0xC0 && c != 0xD7 && c != 0xF7 && c != kReplacement); // letters, near enough
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_{text} {}

    std::vector<Token> run()
    {
        while (!failed_ && outside()) {
            while (!failed_ && inside()) {
            }
        }
        if (!failed_) {
            start_ = at_;
            emit(TokenKind::end);
        }
        return std::move(tokens_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    bool at_right() const { return rest().starts_with(kRight) || at_trimmed_right(); }
    bool at_trimmed_right() const
    {
        return !rest().empty() && is_space(rest()[0]) &&
               rest().substr(1).starts_with(kTrimmedRight);
    }

    void emit(TokenKind kind)
    {
        tokens_.push_back({kind, start_, line_, text_.substr(start_, at_ - start_)});
        line_ += static_cast<std::size_t>(std::ranges::count(tokens_.back().text, '\n'));
        start_ = at_;
    }
    void skip(std::size_t count)
    {
        at_ += count;
        line_ +=
            static_cast<std::size_t>(std::ranges::count(text_.substr(start_, at_ - start_), '\n'));
        start_ = at_;
    }
    void fail(std::string message)
    {
        tokens_.push_back({TokenKind::error, start_, line_, {}, std::move(message)});
        failed_ = true;
    }

    /// Up to the next "{{" and past it, comments skipped. False when there is none.
    bool outside()
    {
        while (true) {
            const std::size_t left = text_.find(kLeft, at_);
            const bool found = left != text_.npos;
            const std::string_view after =
                found ? text_.substr(left + kLeft.size()) : std::string_view{};
            const bool trims = after.size() >= 2 && after[0] == '-' && is_space(after[1]);
            const std::size_t end = found ? left : text_.size();
            const std::size_t last =
                trims ? text_.substr(0, end).find_last_not_of(kSpaces) + 1 : end;
            at_ = std::max(start_, std::min(last, end));
            if (at_ > start_) {
                emit(TokenKind::text);
            }
            if (!found) {
                return false;
            }
            skip(left - at_);
            const std::size_t marker = kLeft.size() + (trims ? 2 : 0);
            if (text_.substr(left + marker).starts_with("/*")) {
                if (!comment(marker)) {
                    return false;
                }
                continue;
            }
            at_ = left + kLeft.size();
            emit(TokenKind::left_delimiter);
            skip(trims ? 2 : 0);
            parens_ = 0;
            return true;
        }
    }

    bool comment(std::size_t marker)
    {
        const std::size_t close = text_.find("*/", at_ + marker + 2);
        if (close == text_.npos) {
            fail("unclosed comment");
            return false;
        }
        skip(close + 2 - at_);
        if (!at_right()) {
            fail("comment ends before closing delimiter");
            return false;
        }
        skip_right();
        return true;
    }

    /// Past "}}", and past the spaces after " -}}".
    void skip_right()
    {
        const bool trims = at_trimmed_right();
        skip(trims ? 1 + kTrimmedRight.size() : kRight.size());
        if (trims) {
            skip(std::min(rest().find_first_not_of(kSpaces), rest().size()));
        }
    }

    /// One token between the delimiters; false after the closing one.
    bool inside()
    {
        if (at_right()) {
            if (parens_ > 0) {
                fail("unclosed left paren");
                return false;
            }
            const bool trims = at_trimmed_right();
            skip(trims ? 2 : 0);
            at_ += kRight.size();
            emit(TokenKind::right_delimiter);
            if (trims) {
                skip(std::min(rest().find_first_not_of(kSpaces), rest().size()));
            }
            return false;
        }
        if (rest().empty()) {
            fail("unclosed action");
            return false;
        }
        token();
        return !failed_;
    }

    void token()
    {
        const char c = rest()[0];
        if (is_space(c)) {
            spaces();
        } else if (c == '"') {
            quoted('"', TokenKind::string, "unterminated quoted string");
        } else if (c == '\'') {
            quoted('\'', TokenKind::character, "unterminated character constant");
        } else if (c == '`') {
            raw();
        } else if (c == '.' && !(rest().size() > 1 && is_digit(rest()[1]))) {
            name(TokenKind::field, TokenKind::dot);
        } else if (c == '$') {
            name(TokenKind::variable, TokenKind::variable);
        } else if (c == '+' || c == '-' || c == '.' || is_digit(c)) {
            number();
        } else {
            symbol();
        }
    }

    void spaces()
    {
        // A space that belongs to " -}}" is not ours.
        while (!rest().empty() && is_space(rest()[0]) && !at_trimmed_right()) {
            ++at_;
        }
        if (at_ > start_) {
            emit(TokenKind::space);
        }
    }

    void quoted(char quote, TokenKind kind, std::string_view complaint)
    {
        for (++at_; !rest().empty() && rest()[0] != '\n'; ++at_) {
            if (rest()[0] == quote) {
                ++at_;
                emit(kind);
                return;
            }
            at_ += rest()[0] == '\\' && rest().size() > 1 && rest()[1] != '\n' ? 1 : 0;
        }
        fail(std::string{complaint});
    }

    void raw()
    {
        const std::size_t close = text_.find('`', at_ + 1);
        if (close == text_.npos) {
            fail("unterminated raw quoted string");
            return;
        }
        at_ = close + 1;
        emit(TokenKind::raw_string);
    }

    /// Letters and digits from here on.
    void take_name()
    {
        while (!rest().empty()) {
            std::string_view next = rest();
            if (!is_name_rune(take_rune(next))) {
                return;
            }
            at_ = text_.size() - next.size();
        }
    }

    void name(TokenKind kind, TokenKind alone)
    {
        ++at_;
        take_name();
        if (at_terminator()) {
            emit(at_ - start_ == 1 ? alone : kind);
        }
    }

    /// What may stand directly after a name. Fails if something else does.
    bool at_terminator()
    {
        if (rest().empty() || is_space(rest()[0]) || at_right() ||
            std::string_view{".,|:)("}.find(rest()[0]) != std::string_view::npos) {
            return true;
        }
        bad_character("bad character");
        return false;
    }

    void bad_character(std::string_view complaint)
    {
        std::string_view next = rest();
        const char32_t rune = take_rune(next);
        const std::string_view shown = rest().substr(0, rest().size() - next.size());
        fail(fmt::format("{} U+{:04X} '{}'", complaint, static_cast<std::uint32_t>(rune), shown));
    }

    void number()
    {
        at_ += rest()[0] == '+' || rest()[0] == '-' ? 1 : 0;
        std::string_view digits = "0123456789_";
        bool hex = false;
        if (rest().size() > 1 && rest()[0] == '0') {
            const char base = static_cast<char>(rest()[1] | 0x20);
            hex = base == 'x';
            digits = hex           ? "0123456789abcdefABCDEF_"
                     : base == 'o' ? "01234567_"
                     : base == 'b' ? "01_"
                                   : digits;
            at_ += hex || base == 'o' || base == 'b' ? 2 : 0;
        }
        const auto take = [&] { at_ += std::min(rest().find_first_not_of(digits), rest().size()); };
        take();
        if (rest().starts_with('.')) {
            ++at_;
            take();
        }
        if (!rest().empty() && (rest()[0] | 0x20) == (hex ? 'p' : 'e')) {
            ++at_;
            at_ += !rest().empty() && (rest()[0] == '+' || rest()[0] == '-') ? 1 : 0;
            digits = "0123456789_";
            take();
        }
        std::string_view next = rest();
        if (!next.empty() && is_name_rune(take_rune(next))) {
            at_ = text_.size() - next.size();
            fail(
                fmt::format("bad number syntax: {}", go_quote(text_.substr(start_, at_ - start_))));
            return;
        }
        emit(TokenKind::number);
    }

    void symbol()
    {
        std::string_view next = rest();
        if (is_name_rune(take_rune(next))) {
            take_name();
            if (at_terminator()) {
                emit(TokenKind::identifier);
            }
            return;
        }
        const char c = rest()[0];
        if (c == ':' && !rest().starts_with(":=")) {
            fail("expected :=");
            return;
        }
        if (c < 0x20 || c > 0x7E) {
            bad_character("unrecognized character in action:");
            return;
        }
        at_ += c == ':' ? 2 : 1;
        parens_ += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (parens_ < 0) {
            fail("unexpected right paren");
            return;
        }
        emit(c == ':'   ? TokenKind::declare
             : c == '=' ? TokenKind::assign
             : c == '|' ? TokenKind::pipe
             : c == '(' ? TokenKind::left_paren
             : c == ')' ? TokenKind::right_paren
                        : TokenKind::other);
    }

    std::string_view text_;
    std::size_t start_ = 0; // of the token that is being read
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    int parens_ = 0;
    bool failed_ = false;
    std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> lex(std::string_view text)
{
    return Lexer{text}.run();
}

} // namespace strata::cli::templates
