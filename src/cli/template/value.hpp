// SPDX-License-Identifier: Apache-2.0
//
// What a template's expressions evaluate to.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace boost::json {
class value;
}

namespace strata::cli::templates {

class Value;
struct Type;

/// Something with fields that are computed when a template asks for them: a row of a listing.
class Object {
public:
    virtual ~Object() = default;
    /// The field, or the result of the method of that name; nothing if there is none.
    /// Throws Errc::invalid_argument when it does not take such arguments.
    virtual std::optional<Value> get(std::string_view name,
                                     std::span<const Value> arguments) const = 0;
    virtual std::string type_name() const = 0; // in error messages
    virtual std::string json() const = 0;
};

/// Part of a JSON document that outlives the template's run, and what Go would know of its type.
struct Document {
    const boost::json::value* value =
        nullptr;                // null: not in the document, so the type's zero value
    const Type* type = nullptr; // null: any

    friend auto operator<=>(const Document&, const Document&) = default; // NOLINT
};

using List = std::vector<Value>;

/// `std::monostate` is Go's invalid value: a key that is not there, or an untyped nil. Cheap to
/// copy but for strings.
class Value : public std::variant<std::monostate, bool, std::int64_t, double, std::string, Document,
                                  std::shared_ptr<const List>, const Object*> {
public:
    using variant::variant;
    const auto& base() const { return static_cast<const variant&>(*this); }

    template <typename T>
    bool is() const
    {
        return std::holds_alternative<T>(base());
    }
    template <typename T>
    const T& as() const
    {
        return std::get<T>(base());
    }
};

enum class Kind { invalid, nil, boolean, integer, real, string, list, map, structure, object };

/// What Go knows and JSON does not: whether an object is a struct, and what stands for a value that
/// is not there.
struct Field {
    std::string_view name;      // as templates spell it: ID
    std::string_view key;       // in the document: Id
    const Type* type = nullptr; // null: any
};

struct Type {
    enum class Form { boolean, integer, real, string, list, map, set, structure, pointer };
    Form form;
    std::string_view name;           // "string", "*types.Health"
    const Type* element = nullptr;   // of list, map, pointer; null: any
    std::span<const Field> fields{}; // of structure
};

inline constexpr Type kBoolean{Type::Form::boolean, "bool"};
inline constexpr Type kInteger{Type::Form::integer, "int"};
inline constexpr Type kReal{Type::Form::real, "float64"};
inline constexpr Type kString{Type::Form::string, "string"};
inline constexpr Type kStrings{Type::Form::list, "[]string", &kString};
inline constexpr Type kStringMap{Type::Form::map, "map[string]string", &kString};
inline constexpr Type kSet{Type::Form::set, "map[string]struct {}"};

/// Scalars of a document become plain ones, null and what is not there their type's zero value,
/// pointers what they point to. What is left as a Document is a list, a map, a structure, or nil.
Value resolved(const Value& value);

Kind kind(const Value& resolved);
std::string type_name(const Value& resolved);
bool is_true(const Value& resolved);

/// Elements of a list or a map, in order: maps by key. Throws Errc::invalid_argument for anything
/// else.
std::size_t length(const Value& resolved);
Value element(const Value& resolved, std::size_t index); // of a list
std::vector<std::pair<std::string, Value>>
entries(const Value& resolved); // of a map or a structure
std::optional<Value> find_field(const Value& resolved,
                                std::string_view name); // of a structure or a map

/// As the function `json` prints it.
std::string to_json(const Value& value);

Value make_list(List elements);
std::optional<std::vector<std::string>>
strings_of(const Value& resolved); // nothing unless a list of strings

} // namespace strata::cli::templates
