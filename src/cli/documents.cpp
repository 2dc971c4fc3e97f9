// SPDX-License-Identifier: Apache-2.0
#include "cli/documents.hpp"

#include "base/error.hpp"
#include "cli/template/json_text.hpp"
#include "cli/template/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace strata::cli {
namespace {

namespace json = boost::json;
using templates::Document;
using templates::Template;

json::value parsed(std::string_view text)
{
    boost::system::error_code error;
    json::value value =
        json::parse(json::string_view{text.data(), text.size()}, error, {}, {.max_depth = 64});
    if (error) {
        throw Error{Errc::internal,
                    fmt::format("a document of ours is not JSON: {}", error.message())};
    }
    return value;
}

std::string run(const Template& format, const json::value& document, const templates::Type& type)
{
    try {
        return format.run(Document{&document, &type});
    } catch (const Error&) {
        return format.run(Document{&document, nullptr},
                          {.missing_key = templates::MissingKey::error});
    }
}

void append_indented(std::string& text, const json::value& value, std::size_t depth,
                     std::size_t indent)
{
    const auto open = [&](char bracket, std::size_t count) {
        text += count == 0 ? "" : std::string(1, bracket);
    };
    const auto line = [&](std::size_t level) { text += '\n' + std::string(level * indent, ' '); };
    std::string_view separator;
    if (const json::object* const object = value.if_object();
        object != nullptr && !object->empty()) {
        open('{', object->size());
        for (const auto& [key, member] : *object) {
            text += separator;
            line(depth + 1);
            templates::append_json_string(text, key, templates::EscapeHtml::no);
            text += ": ";
            append_indented(text, member, depth + 1, indent);
            separator = ",";
        }
        line(depth);
        text += '}';
    } else if (const json::array* const array = value.if_array();
               array != nullptr && !array->empty()) {
        open('[', array->size());
        for (const json::value& element : *array) {
            text += separator;
            line(depth + 1);
            append_indented(text, element, depth + 1, indent);
            separator = ",";
        }
        line(depth);
        text += ']';
    } else {
        templates::append_json(text, Document{&value, nullptr});
    }
}

} // namespace

std::string format_document(std::string_view format, std::string_view text,
                            const templates::Type& type)
{
    return run(Template::parse(std::string{format == "json" ? "{{json .}}" : format}), parsed(text),
               type);
}

std::string format_documents(std::string_view format, const std::vector<std::string>& documents,
                             const templates::Type& type)
{
    const bool is_array = format.empty() || format == "json";
    std::string all;
    if (is_array) {
        std::string array = "[";
        for (const std::string& document : documents) {
            array += (array.size() == 1 ? "" : ",") + document;
        }
        array += ']';
        const json::value value = parsed(array);
        if (format.empty()) {
            append_indented(all, value, 0, 4);
        } else {
            const templates::Type list{templates::Type::Form::list, "[]interface {}", &type};
            templates::append_json(all, Document{&value, &list});
        }
        return all + '\n';
    }
    const Template parsed_format = Template::parse(std::string{format});
    for (const std::string& document : documents) {
        all += run(parsed_format, parsed(document), type) + '\n';
    }
    return all;
}

std::string indented(std::string_view text, std::size_t indent)
{
    std::string lines;
    append_indented(lines, parsed(text), 0, indent);
    return lines;
}

} // namespace strata::cli
