// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "engine/images.hpp"
#include "oci/digest.hpp"
#include "oci/reference.hpp"

#include <string>

namespace strata::cli {
namespace {

struct TagOptions {
    std::string source;
    std::string target;
};

void declare(ArgParser& args, TagOptions& options)
{
    args.argument("SOURCE_IMAGE[:TAG]", options.source).complete(Complete::images);
    args.argument("TARGET_IMAGE[:TAG]", options.target);
}

/// Throws in Docker's words, which scripts know.
oci::Reference parse_reference(const std::string& text)
{
    try {
        return oci::Reference::parse(text);
    } catch (const Error& error) {
        throw Error{error.code(),
                    fmt::format("Error parsing reference: \"{}\" is not a valid repository/tag: {}",
                                text, error.message()),
                    error.hint()};
    }
}

/// A digest, with its algorithm or without.
bool is_id(const std::string& text)
{
    return oci::Digest::try_parse(text) || oci::Digest::try_parse("sha256:" + text);
}

ExitStatus run(Session& session, const TagOptions& options)
{
    if (!is_id(options.source)) {
        parse_reference(options.source);
    }
    engine::tag_image(session.engine(), options.source, parse_reference(options.target));
    return ExitStatus::ok;
}

} // namespace

constinit const Command tag_command = command<TagOptions, declare, run>({
    .names = {"image tag", "tag"},
    .summary = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
});

} // namespace strata::cli
