// SPDX-License-Identifier: Apache-2.0
#include "engine/change_words.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace strata::engine {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r\n";

bool is_blank(char c)
{
    return kBlanks.find(c) != std::string_view::npos;
}

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

/// Where the line's last backslash stands if the next line continues it: at the end, and not itself
/// escaped.
std::optional<std::size_t> continuation(std::string_view line)
{
    const auto last = line.find_last_not_of(" \t\r");
    if (last == std::string_view::npos || line[last] != '\\' ||
        (last > 0 && line[last - 1] == '\\')) {
        return std::nullopt;
    }
    return last;
}

/// Takes one leading "--flag" off `rest`. Quotes may hide blanks in its value.
std::optional<std::string> take_flag(std::string_view& rest)
{
    if (!rest.starts_with("--")) {
        return std::nullopt;
    }
    std::string flag;
    char quote = 0;
    std::size_t at = 0;
    for (; at < rest.size() && (quote != 0 || !is_blank(rest[at])); ++at) {
        const char c = rest[at];
        if (c == '\\' && at + 1 < rest.size()) {
            flag += rest[++at];
        } else if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
            quote = quote != 0 ? '\0' : c;
        } else {
            flag += c;
        }
    }
    rest = trim(rest.substr(at));
    return flag;
}

ChangeInstruction parse_instruction(std::string_view line)
{
    line = trim(line);
    const auto end = std::min(line.find_first_of(kBlanks), line.size());
    ChangeInstruction instruction{
        .word = std::string{line.substr(0, end)}, .flags = {}, .rest = {}};
    std::string_view rest = trim(line.substr(end));
    while (const auto flag = take_flag(rest)) {
        if (*flag == "--") {
            break;
        }
        instruction.flags.push_back(*flag);
    }
    instruction.rest = rest;
    return instruction;
}

// --- expansion -----------------------------------------------------------------------------------

bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

constexpr int kMaxDepth = 64; // of ${a:-${b:-…}}: nobody writes it, and the stack is finite

/// Walks over the text once. Characters that came from outside quotes and from a variable separate
/// words when blank.
class Expander {
public:
    Expander(std::string_view text, const Variables& variables) : text_{text}, variables_{variables}
    {
    }

    std::vector<std::string> words()
    {
        walk(0, 0);
        finish_word();
        return std::move(words_);
    }
    std::string whole()
    {
        split_ = false;
        walk(0, 0);
        return std::move(word_);
    }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return text_[at_]; }

    void finish_word()
    {
        if (in_word_) {
            words_.push_back(std::move(word_));
            word_.clear();
            in_word_ = false;
        }
    }
    void add(char c)
    {
        word_ += c;
        in_word_ = true;
    }
    void add_unquoted(std::string_view value)
    {
        for (const char c : value) {
            if (split_ && is_blank(c)) {
                finish_word();
            } else {
                add(c);
            }
        }
    }

    void walk(char until, int depth)
    {
        while (!at_end() && (until == 0 || peek() != until)) {
            const char c = text_[at_++];
            switch (c) {
            case '\'':
                single_quoted();
                break;
            case '"':
                double_quoted(depth);
                break;
            case '$':
                add_unquoted(variable(depth));
                break;
            case '\\':
                if (!at_end()) {
                    add(text_[at_++]);
                }
                break;
            default:
                add_unquoted({&c, 1});
            }
        }
    }

    void single_quoted()
    {
        in_word_ = true;
        const auto end = text_.find('\'', at_);
        if (end == std::string_view::npos) {
            unterminated("single");
        }
        word_ += text_.substr(at_, end - at_);
        at_ = end + 1;
    }

    void double_quoted(int depth)
    {
        in_word_ = true;
        while (true) {
            if (at_end()) {
                unterminated("double");
            }
            const char c = text_[at_++];
            if (c == '"') {
                return;
            }
            if (c == '$') {
                word_ += variable(depth);
            } else if (c == '\\' && !at_end() &&
                       (peek() == '"' || peek() == '$' || peek() == '\\')) {
                word_ += text_[at_++];
            } else {
                word_ += c;
            }
        }
    }

    [[noreturn]] void unterminated(std::string_view kind) const
    {
        fail(fmt::format("unexpected end of statement while looking for matching {}-quote", kind));
    }
    [[noreturn]] void fail(std::string_view why) const
    {
        refuse(fmt::format("failed to process \"{}\": {}", text_, why));
    }

    std::string take_name()
    {
        if (at_end()) {
            return {};
        }
        const auto start = at_;
        if (is_name_start(peek())) {
            while (!at_end() && is_name(peek())) {
                ++at_;
            }
        } else if (peek() >= '0' && peek() <= '9') {
            while (!at_end() && peek() >= '0' && peek() <= '9') {
                ++at_;
            }
        } else if (std::string_view{"@*#?-$!"}.find(peek()) != std::string_view::npos) {
            ++at_;
        }
        return std::string{text_.substr(start, at_ - start)};
    }

    std::string variable(int depth)
    {
        if (at_end() || peek() != '{') {
            const std::string name = take_name();
            return name.empty() ? "$" : variables_(name).value_or("");
        }
        ++at_;
        const std::string name = take_name();
        if (name.empty()) {
            fail(at_end() ? "syntax error: missing '}'" : "bad substitution");
        }
        if (!at_end() && peek() == '}') {
            ++at_;
            return variables_(name).value_or("");
        }
        return modified(name, depth);
    }

    /// Behind "${name": the modifier, its word, and the closing brace.
    std::string modified(const std::string& name, int depth)
    {
        const bool colon = !at_end() && peek() == ':';
        at_ += colon ? 1 : 0;
        if (at_end()) {
            fail("syntax error: missing '}'");
        }
        const char modifier = text_[at_++];
        const std::string word = nested_word(depth);
        const auto value = variables_(name);
        const bool set = value && (!colon || !value->empty());
        switch (modifier) {
        case '-':
            return set ? *value : word;
        case '+':
            return set ? word : std::string{};
        case '?':
            if (!set) {
                fail(word.empty() ? fmt::format("{}: is not allowed to be {}", name,
                                                value ? "empty" : "unset")
                                  : fmt::format("{}: {}", name, word));
            }
            return *value;
        default:
            fail(fmt::format("unsupported modifier ({}) in substitution", modifier));
        }
    }

    std::string nested_word(int depth)
    {
        if (depth >= kMaxDepth) {
            fail("too deep");
        }
        Expander inner{text_, variables_};
        inner.at_ = at_;
        inner.split_ = false;
        inner.walk('}', depth + 1);
        if (inner.at_end()) {
            fail("syntax error: missing '}'");
        }
        at_ = inner.at_ + 1;
        return std::move(inner.word_);
    }

    std::string_view text_;
    const Variables& variables_;
    std::size_t at_ = 0;
    bool split_ = true;
    bool in_word_ = false;
    std::string word_;
    std::vector<std::string> words_;
};

} // namespace

std::vector<ChangeInstruction> split_instructions(const std::vector<std::string>& texts)
{
    std::vector<ChangeInstruction> instructions;
    std::string pending;
    const auto finish = [&] {
        if (!trim(pending).empty()) {
            instructions.push_back(parse_instruction(pending));
        }
        pending.clear();
    };
    for (const std::string& text : texts) {
        for (const std::string& line : split(text, '\n')) {
            if (trim(line).starts_with('#') || (!pending.empty() && trim(line).empty())) {
                continue; // also between continued lines
            }
            if (const auto at = continuation(line)) {
                pending.append(line, 0, *at);
            } else {
                pending += line;
                finish();
            }
        }
    }
    finish();
    return instructions;
}

std::vector<std::string> split_quoted_words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    bool in_word = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quote == 0 && is_blank(c)) {
            if (in_word) {
                words.push_back(std::move(word));
                word.clear();
                in_word = false;
            }
            continue;
        }
        in_word = true;
        word += c;
        if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
            word += text[++at];
        } else if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
            quote = quote != 0 ? '\0' : c;
        }
    }
    if (in_word) {
        words.push_back(std::move(word));
    }
    return words;
}

std::vector<std::pair<std::string, std::string>> split_pairs(std::string_view text,
                                                             std::string_view instruction)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    const auto words = split_quoted_words(text);
    if (words.empty()) {
        refuse(fmt::format("{} requires at least one argument", instruction));
    }
    if (words.front().find('=') == std::string::npos) {
        text = trim(text);
        const auto end = text.find_first_of(kBlanks);
        if (end == std::string_view::npos) {
            refuse(fmt::format("{} must have two arguments", instruction));
        }
        pairs.emplace_back(text.substr(0, end), trim(text.substr(end)));
        return pairs;
    }
    for (const std::string& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) {
            refuse(fmt::format(
                "Syntax error - can't find = in \"{}\". Must be of the form: name=value", word));
        }
        if (equals == 0) {
            refuse(fmt::format("{} names can not be blank", instruction));
        }
        pairs.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    }
    return pairs;
}

std::optional<std::vector<std::string>> json_words(std::string_view text)
{
    text = trim(text);
    if (!text.starts_with('[')) {
        return std::nullopt;
    }
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    if (error) {
        return std::nullopt;
    }
    std::vector<std::string> words;
    for (const boost::json::value& item : value.as_array()) {
        if (!item.is_string()) {
            refuse("when using JSON array syntax, arrays must be comprised of strings only");
        }
        words.emplace_back(item.as_string());
    }
    return words;
}

std::string expand(std::string_view text, const Variables& variables)
{
    return Expander{text, variables}.whole();
}

std::vector<std::string> expand_words(std::string_view text, const Variables& variables)
{
    return Expander{text, variables}.words();
}

} // namespace strata::engine
