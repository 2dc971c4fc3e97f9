// SPDX-License-Identifier: Apache-2.0
#include "registry/api/codes.hpp"
#include "registry/api/manifest_check.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace strata::registry::api {
namespace {

constexpr std::string_view kOci = oci::media_type::kManifest;

std::string descriptor(std::string_view media_type, std::string_view content,
                       std::string_view more = {})
{
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", media_type,
                       Digest::of(content).str(), content.size(), more);
}

std::string image(std::string_view layer_more = {}, std::string_view more = {})
{
    return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]{}}})",
                       descriptor(oci::media_type::kConfig, "{}"),
                       descriptor(oci::media_type::kLayerGzip, "layer", layer_more), more);
}

NewManifest understand(const std::string& text, std::string_view content_type = kOci,
                       const ValidationConfig& config = {})
{
    return understand_manifest(Digest::of(text), std::make_shared<const std::string>(text),
                               content_type, ManifestRules{config});
}

TEST(Manifest, names_its_config_and_its_layers)
{
    const NewManifest manifest = understand(image());
    ASSERT_EQ(manifest.references.size(), 2U);
    EXPECT_EQ(manifest.references[0].kind, Reference::Kind::config);
    EXPECT_EQ(manifest.references[0].digest, Digest::of("{}"));
    EXPECT_EQ(manifest.references[1].kind, Reference::Kind::layer);
    EXPECT_TRUE(manifest.references[1].must_exist);
    EXPECT_EQ(manifest.media_type, kOci);
    EXPECT_EQ(manifest.artifact_type, oci::media_type::kConfig);
}

TEST(Manifest, has_its_content_type_without_parameters)
{
    EXPECT_EQ(
        understand(image(), "application/vnd.oci.image.manifest.v1+json; charset=utf-8").media_type,
        kOci);
    EXPECT_EQ(understand(image(), oci::media_type::kDockerManifest).media_type,
              oci::media_type::kDockerManifest);
    EXPECT_EQ(understand(image(), "").media_type, kOci);
}

TEST(Manifest, says_what_it_is_about)
{
    const NewManifest manifest = understand(
        image({}, fmt::format(R"(,"subject":{},"artifactType":"a/b","annotations":{{"k":"v\""}})",
                              descriptor(kOci, "subject"))));
    EXPECT_EQ(manifest.subject, Digest::of("subject"));
    EXPECT_EQ(manifest.artifact_type, "a/b");
    EXPECT_EQ(manifest.annotations, R"({"k":"v\""})");
}

TEST(Manifest, may_leave_layers_to_others)
{
    EXPECT_FALSE(understand(image(R"(,"urls":["https://e.org/l"])")).references[1].must_exist);
}

TEST(Manifest, must_not_name_urls_that_are_not_allowed)
{
    const ValidationConfig rules{.allow_urls = {"^https://e\\.org/"}, .deny_urls = {"secret"}};
    EXPECT_NO_THROW(understand(image(R"(,"urls":["https://e.org/l"])"), kOci, rules));
    EXPECT_THROW(understand(image(R"(,"urls":["https://f.org/l"])"), kOci, rules), Refused);
    EXPECT_THROW(understand(image(R"(,"urls":["https://e.org/secret"])"), kOci, rules), Refused);
    EXPECT_THROW(understand(image(R"(,"urls":["file:///l"])")), Refused);
}

TEST(Manifest, that_is_none_is_refused)
{
    for (const std::string text :
         {"", "{", "[]", "null", "{}", R"({"schemaVersion":1})", R"({"schemaVersion":2})",
          R"({"schemaVersion":2,"layers":[],"manifests":[]})", R"({"schemaVersion":"2"})"}) {
        EXPECT_THROW(understand(text), Refused) << text;
    }
    EXPECT_THROW(understand(image(), "text/html"), Refused);
    EXPECT_THROW(understand(image(), oci::media_type::kIndex), Refused);
    EXPECT_THROW(understand(image(), oci::media_type::kDockerSchema1Signed), Refused);
}

std::string index_of(std::string_view children)
{
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})",
                       oci::media_type::kIndex, children);
}

TEST(Index, may_be_empty_or_name_indexes)
{
    EXPECT_TRUE(understand(index_of(""), oci::media_type::kIndex).references.empty());
    const NewManifest nested =
        understand(index_of(descriptor(oci::media_type::kIndex, "other")), oci::media_type::kIndex);
    EXPECT_EQ(nested.references.at(0).kind, Reference::Kind::manifest);
    EXPECT_EQ(nested.artifact_type, "");
}

TEST(Index, may_be_sparse_where_that_is_allowed)
{
    const std::string arm = R"(,"platform":{"os":"linux","architecture":"arm64"})";
    const std::string text = index_of(descriptor(kOci, "arm", arm));
    const auto must_exist = [&](const ValidationConfig& config) {
        return understand(text, oci::media_type::kIndex, config).references.at(0).must_exist;
    };
    using Platforms = ValidationConfig::Platforms;
    EXPECT_TRUE(must_exist({}));
    EXPECT_FALSE(must_exist({.platforms = Platforms::none}));
    EXPECT_FALSE(must_exist({.platforms = Platforms::list, .platform_list = {{"linux", "amd64"}}}));
    EXPECT_TRUE(must_exist({.platforms = Platforms::list, .platform_list = {{"linux", "arm64"}}}));
}

} // namespace
} // namespace strata::registry::api
