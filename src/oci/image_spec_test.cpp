// SPDX-License-Identifier: Apache-2.0
//
// The OCI image specification's own examples of what its schemas accept and refuse. They are not
// part of this tree: the tests run over them when $STRATA_SHARED says where they are.
#include "base/error.hpp"
#include "base/json.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

namespace strata::oci {
namespace {

const std::map<std::string, std::function<void(std::string_view)>> kParsers{
    {"config", [](std::string_view text) { ImageConfig::parse(text); }},
    {"manifest", [](std::string_view text) { Manifest::parse(text); }},
    {"imageIndex", [](std::string_view text) { Index::parse(text); }},
    {"descriptor", [](std::string_view text) { Descriptor::parse(text); }},
    {"imageLayout", [](std::string_view text) { check_layout_file(text); }},
};

/// Where we knowingly differ from the schemas, and why.
bool differs_on_purpose(std::string_view comment, std::optional<Errc> outcome)
{
    return (outcome == Errc::unsupported) || // digests of algorithms that we cannot compute
                                             // The text of the specification allows an image
                                             // without layers, and Docker makes them.
           comment.find("expected at least one") != comment.npos ||
           // A variable without a value: Docker takes such images, and so their containers run.
           comment.find("Env is invalid") != comment.npos;
}

std::optional<Errc> outcome_of(const std::string& kind, const std::string& input)
{
    try {
        kParsers.at(kind)(input);
        return std::nullopt;
    } catch (const Error& error) {
        return error.code();
    }
}

TEST(ImageSpecification, examples_are_accepted_and_refused_as_the_schemas_say)
{
    const char* const shared = std::getenv("STRATA_SHARED");
    std::ifstream file{std::string{shared != nullptr ? shared : ""} +
                       "/data/registry/image-spec/schema-vectors.json"};
    if (!file) {
        SUCCEED() << "STRATA_SHARED does not lead to the specification's examples";
        return;
    }
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const boost::json::value examples = json::parse(text, "examples");

    std::size_t checked = 0;
    for (const json::Field& example : json::Field{examples, "examples"}.elements()) {
        const std::string comment = example.string_or("comment");
        const std::string input = example.get("input").string();
        const auto outcome = outcome_of(example.get("field").string(), input);
        if (!example.has("fail") || differs_on_purpose(comment, outcome)) {
            continue; // without a verdict, or with one that we do not share
        }
        EXPECT_EQ(outcome.has_value(), example.get("fail").boolean()) << comment << input;
        ++checked;
    }
    EXPECT_GT(checked, 50u);
}

} // namespace
} // namespace strata::oci
