// SPDX-License-Identifier: Apache-2.0
//
// JSON that others wrote, read with limits and with errors that say where; and JSON for others,
// printed byte for byte as Go's encoding/json prints it, because digests are taken over it.
//
// Boost.JSON does the work. Its headers are heavy: include <boost/json.hpp> in .cpp files only.
#pragma once

#include "base/time.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::json {

/// What to do about {"a": 1, "a": 2}. Readers disagree which of the two counts, so in documents
/// that several programs interpret it is a way to show each of them something else.
enum class DuplicateKeys { refuse, last_wins };

struct ParseOptions {
    std::size_t max_bytes = std::size_t{8} << 20;
    std::size_t max_depth = 100;
    DuplicateKeys duplicates = DuplicateKeys::refuse;
};

/// Reads one document. Bytes that are not UTF-8 become U+FFFD, as in Go.
///
/// Throws Errc::corrupt "<what>: line 3, column 7: …", Errc::exhausted when it is too long.
boost::json::value parse(std::string_view text, std::string_view what,
                         const ParseOptions& options = {});

enum class SortKeys { no, yes };
enum class EscapeHtml { no, yes }; // json.Marshal does, an Encoder may be told not to

struct PrintOptions {
    std::string_view indent = {}; // for each level; empty: all on one line, without spaces
    SortKeys sort_keys = SortKeys::no;
    EscapeHtml escape_html = EscapeHtml::no;
};

std::string print(const boost::json::value& value, const PrintOptions& options = {});
std::string print(const boost::json::object& object, const PrintOptions& options = {});

/// What `docker inspect` uses.
inline constexpr std::string_view kInspectIndent = "    ";

/// One string as a JSON string, quotes included.
std::string quote(std::string_view text, EscapeHtml escape_html = EscapeHtml::no);

/// A value inside a document, and the way that leads to it, so that every complaint says which
/// field it is about: "image config: config.Env[2]: expected a string, found a number".
///
/// Borrows the document. Every getter throws Errc::corrupt. As in Go, null counts as absent.
class Field {
public:
    /// `what` names the whole document in messages.
    Field(const boost::json::value& root, std::string what);

    /// The member of an object. Throws when it is absent, or when this is no object.
    Field get(std::string_view key) const;
    std::optional<Field> find(std::string_view key) const;
    bool has(std::string_view key) const { return find(key).has_value(); }

    /// The elements of an array.
    std::vector<Field> elements() const;
    /// Keys and values of an object, in the document's order. Nulls are kept.
    std::vector<std::pair<std::string, Field>> members() const;

    std::string string() const;
    bool boolean() const;
    std::int64_t integer() const;
    std::uint64_t unsigned_integer() const;
    Timestamp timestamp() const;
    std::vector<std::string> strings() const;
    std::map<std::string, std::string> string_map() const;
    /// The keys of an object whose values mean nothing: {"80/tcp": {}}.
    std::vector<std::string> keys() const;

    // The member, or what it is when absent.
    std::string string_or(std::string_view key, std::string_view otherwise = {}) const;
    bool boolean_or(std::string_view key, bool otherwise) const;
    std::int64_t integer_or(std::string_view key, std::int64_t otherwise) const;
    std::optional<Timestamp> find_timestamp(std::string_view key) const;
    std::vector<std::string> strings_or_none(std::string_view key) const;
    std::optional<std::vector<std::string>> find_strings(std::string_view key) const;
    std::map<std::string, std::string> string_map_or_none(std::string_view key) const;

    const boost::json::value& value() const noexcept { return *value_; }
    bool is_string() const noexcept;
    bool is_object() const noexcept;

    /// "image config: config.Env[2]"
    std::string where() const;
    /// Throws Errc::corrupt "<where>: <problem>".
    [[noreturn]] void refuse(std::string_view problem) const;

private:
    Field(const boost::json::value& value, const std::string& document, std::string path);
    [[noreturn]] void expected(std::string_view kind) const;
    const boost::json::object& object() const;

    const boost::json::value* value_;
    std::string document_;
    std::string path_;
};

} // namespace strata::json
