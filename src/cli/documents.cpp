// SPDX-License-Identifier: Apache-2.0
#include "cli/documents.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "cli/template/json_text.hpp"
#include "cli/template/template.hpp"

#include <boost/json/value.hpp>

namespace strata::cli {
namespace {

namespace bj = boost::json;
using templates::Document;
using templates::Template;

bj::value parsed(std::string_view text)
{
    return json::parse(text, "document", {.max_bytes = std::size_t{64} << 20});
}

std::string run(const Template& format, const bj::value& document, const templates::Type& type)
{
    try {
        return format.run(Document{&document, &type});
    } catch (const Error&) {
        return format.run(Document{&document, nullptr},
                          {.missing_key = templates::MissingKey::error});
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
        const bj::value value = parsed(array);
        if (format.empty()) {
            all = json::print(value, {.indent = json::kInspectIndent});
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

} // namespace strata::cli
