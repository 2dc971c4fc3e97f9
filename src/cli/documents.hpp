// SPDX-License-Identifier: Apache-2.0
//
// `--format` of commands that show whole documents: `inspect`, `info`, `version`.
#pragma once

#include "cli/template/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace strata::cli {

inline constexpr std::string_view kDocumentFormatHelp = "Format output: 'json', or a Go template";

/// Of documents of ours: no field has a type, so every template runs on the plain JSON, where a key
/// that is not there is an error.
inline constexpr templates::Type kUntyped{templates::Type::Form::structure, "document"};

// What Docker's client knows of the documents' types (document_types.cpp).
extern const templates::Type kImageType;
extern const templates::Type kContainerType;

/// A document, run through a template: as `type` first and, if that fails in any way, as plain JSON
/// in which every key has to exist; so `.ID` and `.Id` both work. Throws as Template::parse() and
/// run() do.
std::string format_document(std::string_view format, std::string_view json,
                            const templates::Type& type);

/// Several documents as `inspect` prints them: an indented array without a format, a compact one
/// for "json", a line each for a template. Throws as format_document() does; a command whose
/// `failures` are FailureStyle::inspect ends with 64 when the template does not parse, as Docker
/// does.
std::string format_documents(std::string_view format, const std::vector<std::string>& documents,
                             const templates::Type& type);

} // namespace strata::cli
