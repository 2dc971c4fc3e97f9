// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

namespace strata::json {
namespace {

namespace bj = boost::json;

/// Builds the value while Boost's parser walks over the text. Boost's own handler would do, but it
/// takes the last of several equal keys without a word.
class Builder {
public:
    static constexpr std::size_t max_object_size = bj::object::max_size();
    static constexpr std::size_t max_array_size = bj::array::max_size();
    static constexpr std::size_t max_key_size = bj::string::max_size();
    static constexpr std::size_t max_string_size = bj::string::max_size();

    explicit Builder(DuplicateKeys duplicates) : duplicates_{duplicates} { stack_.reset(); }

    bj::value release() { return stack_.release(); }
    const std::string& duplicate() const noexcept { return duplicate_; }

    using Code = bj::error_code;
    using Text = bj::string_view;

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&)
    {
        keys_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, Code&)
    {
        keys_.pop_back();
        stack_.push_object(count);
        return true;
    }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t count, Code&)
    {
        stack_.push_array(count);
        return true;
    }
    bool on_key_part(Text text, std::size_t, Code&)
    {
        text_.append(text.data(), text.size());
        return true;
    }
    bool on_key(Text text, std::size_t, Code& error)
    {
        const std::string key = complete(text);
        if (!keys_.back().insert(key).second && duplicates_ == DuplicateKeys::refuse) {
            duplicate_ = key;
            error = bj::error::syntax;
            return false;
        }
        stack_.push_key(key);
        return true;
    }
    bool on_string_part(Text text, std::size_t, Code&)
    {
        text_.append(text.data(), text.size());
        return true;
    }
    bool on_string(Text text, std::size_t, Code&)
    {
        stack_.push_string(complete(text));
        return true;
    }
    bool on_number_part(Text text, Code&)
    {
        text_.append(text.data(), text.size());
        return true;
    }
    bool on_int64(std::int64_t number, Text, Code&)
    {
        text_.clear();
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, Text, Code&)
    {
        text_.clear();
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double approximate, Text text, Code& error)
    {
        // Boost is quick here and may be off by a bit, so that a number would change each time that
        // it is read and printed.
        text_.append(text.data(), text.size());
        double number = 0;
        const auto [end, result] =
            std::from_chars(text_.data(), text_.data() + text_.size(), number);
        text_.clear();
        if (result == std::errc::result_out_of_range) {
            number = 0; // too small to tell from it, unless
            if (std::fabs(approximate) > 1) {
                error = bj::error::exponent_overflow;
                return false;
            }
        }
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool truth, Code&)
    {
        stack_.push_bool(truth);
        return true;
    }
    bool on_null(Code&)
    {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }

private:
    /// A string may come in parts; this is the last.
    std::string complete(Text last)
    {
        text_.append(last.data(), last.size());
        return to_valid_utf8(std::exchange(text_, {}));
    }

    DuplicateKeys duplicates_;
    bj::value_stack stack_;
    std::string text_;
    std::string duplicate_;
    std::vector<std::unordered_set<std::string>> keys_; // of every object that is open
};

/// Where in the text, as an editor counts.
std::string place(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, offset);
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::size_t line_start = before.rfind('\n') + 1; // npos + 1 is 0
    return fmt::format("line {}, column {}", line, offset - line_start + 1);
}

[[noreturn]] void refuse(std::string_view what, std::string_view text, std::size_t offset,
                         std::string_view problem)
{
    throw Error{Errc::corrupt, fmt::format("{}: {}: {}", what, place(text, offset), problem)};
}

std::string explain(const bj::error_code& error, const Builder& builder)
{
    if (!builder.duplicate().empty()) {
        return fmt::format("key {} is there twice", quote(builder.duplicate().substr(0, 100)));
    }
    if (error == bj::error::incomplete) {
        return "the JSON ends too early";
    }
    if (error == bj::error::too_deep) {
        return "nested too deeply";
    }
    return fmt::format("invalid JSON ({})", error.message());
}

} // namespace

bj::value parse(std::string_view text, std::string_view what, const ParseOptions& options)
{
    if (text.size() > options.max_bytes) {
        throw Error{Errc::exhausted, fmt::format("{}: {} bytes, more than the {} allowed", what,
                                                 text.size(), options.max_bytes)};
    }
    bj::parse_options rules;
    rules.max_depth = options.max_depth;
    rules.allow_invalid_utf8 = true;
    bj::basic_parser<Builder> parser{rules, options.duplicates};

    bj::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (error) {
        refuse(what, text, used, explain(error, parser.handler()));
    }
    const std::size_t rest = text.find_first_not_of(" \t\r\n", used);
    if (rest != text.npos) {
        refuse(what, text, rest, "something follows the JSON");
    }
    return parser.handler().release();
}

} // namespace strata::json
