// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/documents.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "cli/template/template.hpp"
#include "engine/containers.hpp"
#include "engine/images.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace strata::cli {
namespace {

struct InspectOptions {
    std::vector<std::string> objects;
    std::string format;
    std::string type;
    bool size = false;
};

void declare(ArgParser& args, InspectOptions& options)
{
    args.option("--format", 'f', options.format, kDocumentFormatHelp);
    args.flag("--size", 's', options.size, "Display total file sizes if the type is container");
    args.option("--type", options.type, "Only inspect objects of the given type");
    args.arguments("NAME|ID [NAME|ID...]", options.objects, 1).complete(Complete::containers);
}

/// A kind of object, and how to look one up.
struct Kind {
    std::string_view name;
    const templates::Type* type;
    std::string (*inspect)(engine::Engine&, const std::string& name, const InspectOptions&);
};

constexpr std::array kKinds{
    Kind{"container", &kContainerType,
         [](engine::Engine& engine, const std::string& name, const InspectOptions& options) {
             return engine::inspect_container(
                 engine, name, options.size ? engine::WithSize::yes : engine::WithSize::no);
         }},
    Kind{"image", &kImageType,
         [](engine::Engine& engine, const std::string& name, const InspectOptions&) {
             return engine::inspect_image(engine, name);
         }},
};

void check(const InspectOptions& options)
{
    templates::Template::parse(options.format);
    constexpr std::array<std::string_view, 8> kOthers{"config", "network", "node", "plugin",
                                                      "secret", "service", "task", "volume"};
    if (options.type.empty() ||
        std::ranges::find(kKinds, options.type, &Kind::name) != kKinds.end()) {
        return;
    }
    if (std::ranges::find(kOthers, options.type) != kOthers.end()) {
        throw Error{Errc::unsupported,
                    fmt::format("unsupported: there are no objects of type {} here", options.type),
                    "Take --type container or --type image."};
    }
    throw Error{Errc::unsupported,
                fmt::format("\"{}\" is not a valid value for --type", options.type)};
}

struct Found {
    const Kind* kind;
    std::string document;
};

Found find(Session& session, const std::string& name, const InspectOptions& options)
{
    for (const Kind& kind : kKinds) {
        if (!options.type.empty() && options.type != kind.name) {
            continue;
        }
        try {
            return {&kind, kind.inspect(session.engine(), name, options)};
        } catch (const Error& error) {
            // What cannot be a name of this kind is none.
            const bool is_none = error.code() == Errc::not_found ||
                                 error.message().starts_with("invalid reference format");
            if (!is_none || !options.type.empty()) {
                throw;
            }
        }
    }
    throw Error{Errc::not_found, fmt::format("No such object: {}", name)};
}

/// Each by its own type, as a template may be asked for a container and an image at once.
std::string format(const std::vector<Found>& found, const std::string& format)
{
    std::vector<std::string> documents;
    std::string lines;
    const bool is_template = !format.empty() && format != "json";
    for (const Found& one : found) {
        if (is_template) {
            lines += format_documents(format, {one.document}, *one.kind->type);
        } else {
            documents.push_back(one.document);
        }
    }
    return is_template ? lines : format_documents(format, documents, kContainerType);
}

ExitStatus run(Session& session, const InspectOptions& options)
{
    std::vector<Found> found;
    Failures failures{session.err()};
    for (const std::string& name : options.objects) {
        failures.guard([&] { found.push_back(find(session, name, options)); });
    }
    if (options.size &&
        std::ranges::any_of(found, [](const Found& one) { return one.kind->name == "image"; })) {
        session.warn("--size ignored for image");
    }
    session.out().write(format(found, options.format));
    return failures.status();
}

} // namespace

constinit const Command inspect_command = command<InspectOptions, declare, check, run>({
    .names = {"inspect"},
    .summary = "Return low-level information on Strata objects",
    .failures = FailureStyle::inspect,
});

} // namespace strata::cli
