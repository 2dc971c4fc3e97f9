// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;
using ::testing::HasSubstr;
using ::testing::StrEq;
using namespace media_type;

const std::string kHexA(64, 'a');
const std::string kHexB(64, 'b');

/// A descriptor as JSON.
std::string described(std::string_view media_type, const std::string& hex,
                      const std::string& more = {})
{
    return fmt::format(R"({{"mediaType":"{}","digest":"sha256:{}","size":7{}}})", media_type, hex,
                       more);
}

std::string manifest_with(const std::string& more = {})
{
    return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]{}}})",
                       described(kConfig, kHexA), described(kLayerGzip, kHexB), more);
}

std::string index_with(const std::string& manifests, const std::string& more = {})
{
    return fmt::format(R"({{"schemaVersion":2,"manifests":[{}]{}}})", manifests, more);
}

std::string on(std::string_view platform, const std::string& hex, const std::string& more = {})
{
    const Platform parsed = Platform::parse(platform);
    return described(
        kManifest, hex,
        fmt::format(R"(,"platform":{{"os":"{}","architecture":"{}","variant":"{}"}}{})", parsed.os,
                    parsed.architecture, parsed.variant, more));
}

TEST(Manifest, lists_config_and_layers)
{
    const Manifest manifest = Manifest::parse(manifest_with(R"(,"annotations":{"k":"v"})"));

    EXPECT_EQ(manifest.media_type, kManifest);
    EXPECT_EQ(manifest.config.digest.str(), "sha256:" + kHexA);
    ASSERT_EQ(manifest.layers.size(), 1u);
    EXPECT_EQ(manifest.layers[0].media_type, kLayerGzip);
    EXPECT_EQ(manifest.layers[0].size, 7u);
    EXPECT_EQ(manifest.annotations, (StringMap{{"k", "v"}}));
}

TEST(Manifest, document_keeps_the_bytes_it_came_in)
{
    const std::string bytes = " " + manifest_with(R"(,"unknown":[1])") + "\n";

    const auto document = ManifestDocument::parse(bytes);

    EXPECT_EQ(document.bytes(), bytes);
    EXPECT_EQ(document.digest().value, Digest::of(bytes));
}

TEST(Manifest, that_is_printed_reads_the_same)
{
    Manifest manifest = Manifest::parse(manifest_with());
    manifest.media_type = kDockerManifest;
    manifest.subject = manifest.config;
    manifest.artifact_type = "application/x-thing";
    manifest.annotations = {{"a", "<b>"}};
    manifest.config.data = "hello w";
    manifest.config.digest = BlobDigest::of(std::as_bytes(std::span{*manifest.config.data}));
    manifest.config.urls = {"https://example.com/x"};
    manifest.config.platform = Platform::parse("linux/arm/v6");

    EXPECT_EQ(Manifest::parse(manifest.print()).print(), manifest.print());
    EXPECT_EQ(Manifest::parse(manifest.print()).config, manifest.config);
    EXPECT_EQ(manifest.family(), Family::docker);
}

TEST(Manifest, that_is_also_an_index_is_refused)
{
    EXPECT_THAT([] { Manifest::parse(manifest_with(R"(,"manifests":[])")); },
                FailsWith(Errc::corrupt, HasSubstr("must not have 'manifests'")));
    EXPECT_THAT([] { Manifest::parse(manifest_with(R"(,"fsLayers":[])")); },
                FailsWith(Errc::corrupt, HasSubstr("ambiguous")));
    EXPECT_THAT([] { Index::parse(index_with("", R"(,"layers":[])")); },
                FailsWith(Errc::corrupt, HasSubstr("must not have 'layers'")));
    EXPECT_THAT([] { Index::parse(index_with("", R"(,"config":{})")); },
                FailsWith(Errc::corrupt, HasSubstr("ambiguous")));
    EXPECT_THAT([] { Manifest::parse(manifest_with(R"(,"layers":[])")); },
                FailsWith(Errc::corrupt, HasSubstr("key \"layers\" is there twice")));
}

TEST(Manifest, an_empty_list_may_be_null_as_go_prints_it)
{
    for (const char* const layers : {R"(,"layers":null)", R"(,"layers":[])", ""}) {
        const std::string text = fmt::format(R"({{"schemaVersion":2,"config":{}{}}})",
                                             described(kConfig, kHexA), layers);
        EXPECT_EQ(Manifest::parse(text).layers.size(), 0U) << text;
    }
    for (const char* const manifests : {R"(,"manifests":null)", R"(,"manifests":[])", ""}) {
        const std::string text = fmt::format(R"({{"schemaVersion":2{}}})", manifests);
        EXPECT_EQ(Index::parse(text, kIndex).manifests.size(), 0U) << text;
    }
    EXPECT_THAT([] { Index::parse(R"({"schemaVersion":2,"manifests":{}})"); },
                FailsWith(Errc::corrupt, HasSubstr("manifests")));
}

TEST(Manifest, must_be_what_it_was_served_as)
{
    const std::string stated = manifest_with(fmt::format(R"(,"mediaType":"{}")", kDockerManifest));

    EXPECT_EQ(Manifest::parse(stated, kDockerManifest).media_type, kDockerManifest);
    EXPECT_EQ(Manifest::parse(stated, "text/plain").media_type, kDockerManifest);
    EXPECT_EQ(Manifest::parse(manifest_with(), kDockerManifest).media_type, kDockerManifest);
    EXPECT_THAT([&] { Manifest::parse(stated, kManifest); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([&] { Manifest::parse(manifest_with(), kIndex); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([&] { Index::parse(index_with(""), kManifest); }, FailsWith(Errc::corrupt));
    EXPECT_THAT(
        [&] { Manifest::parse(manifest_with(fmt::format(R"(,"mediaType":"{}")", kIndex))); },
        FailsWith(Errc::corrupt, HasSubstr("mediaType")));
}

TEST(Manifest, complaints_name_the_field)
{
    const auto refused = [](const std::string& layer, const std::string& message) {
        const std::string text =
            fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{},{}]}})",
                        described(kConfig, kHexA), described(kLayer, kHexA), layer);
        EXPECT_THAT([&] { Manifest::parse(text); }, FailsWith(Errc::corrupt, HasSubstr(message)));
    };
    refused("3", "manifest: layers[1]: expected an object, found a number");
    refused("{}", "manifest: layers[1].size is missing");
    refused(R"({"mediaType":"a/b","digest":"sha256:12","size":1})",
            R"(layers[1].digest: "sha256:12" is not a digest)");
    refused(R"({"mediaType":"a/b","digest":"sha256:)" + kHexA + R"(","size":-1})",
            "layers[1].size: must not be negative");
    refused(R"({"mediaType":"a/b","digest":"sha256:)" + kHexA + R"(","size":9223372036854775808})",
            "layers[1].size: too large");
    refused(R"({"mediaType":"a/b","digest":"sha256:)" + kHexA + R"(","size":1.5})",
            "layers[1].size: expected an integer");
    refused(described("nonsense", kHexA), R"(layers[1].mediaType: "nonsense" is not a media type)");
    refused(described(kLayer, kHexA, R"(,"data":"aGk=")"), "does not match the digest and size");
    refused(described(kLayer, kHexA, R"(,"data":"?")"), "layers[1].data: expected base64");
}

TEST(Manifest, with_a_digest_of_an_algorithm_we_do_not_know_is_unsupported)
{
    EXPECT_THAT(
        [] { Descriptor::parse(R"({"mediaType":"a/b","digest":"blake3:abcdef","size":1})"); },
        FailsWith(Errc::unsupported, HasSubstr("digest algorithm 'blake3'")));
}

TEST(Manifest, of_schema_1_is_unsupported)
{
    EXPECT_THAT([] { Manifest::parse(R"({"schemaVersion":1,"name":"x","fsLayers":[]})"); },
                FailsWith(Errc::unsupported, HasSubstr("schema 1")));
    EXPECT_THAT([] { parse_manifest_or_index(R"({"schemaVersion":1})"); },
                FailsWith(Errc::unsupported));
    EXPECT_THAT([] { Manifest::parse(R"({"schemaVersion":3})"); },
                FailsWith(Errc::corrupt, HasSubstr("schemaVersion: expected 2")));
}

TEST(Manifest, prints_what_it_has_no_name_for_again)
{
    const std::string text = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}],"annotations":{{"k":"v"}},)"
        R"("x-future":{{"b":[1,2.5,null],"a":"<"}},"y":null}})",
        kManifest, described(kConfig, kHexA, R"(,"x-config":true)"),
        described(kLayerGzip, kHexB, R"(,"annotations":{"a":"b"},"x-layer":[{}])"));

    Manifest manifest = Manifest::parse(text);
    EXPECT_THAT(manifest.print(),
                HasSubstr(R"("x-future":{"b":[1,2.5,null],"a":"\u003c"},"y":null)"));
    EXPECT_THAT(manifest.print(), HasSubstr(R"("size":7,"x-config":true})"));
    EXPECT_THAT(manifest.print(), HasSubstr(R"("annotations":{"a":"b"},"x-layer":[{}]})"));

    manifest.annotations["more"] = "said";
    EXPECT_EQ(Manifest::parse(manifest.print()).unknown, manifest.unknown);
}

TEST(Index, prints_what_it_has_no_name_for_again)
{
    const std::string text = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}],"x":1}})", kDockerManifestList,
        described(
            kDockerManifest, kHexA,
            R"(,"platform":{"architecture":"amd64","os":"linux","features":["sse4"]},"y":2)"));

    EXPECT_EQ(Index::parse(text).print(), text);
}

TEST(Manifest, has_limits)
{
    EXPECT_THAT([] { Manifest::parse(manifest_with(), {}, 0); },
                FailsWith(Errc::exhausted, HasSubstr("layers: 1 layers, more than the 0")));
    EXPECT_THAT([] { Manifest::parse(std::string(kMaxManifestBytes + 1, ' ')); },
                FailsWith(Errc::exhausted));
}

TEST(Manifest, must_have_as_many_layers_as_its_config)
{
    const Manifest manifest = Manifest::parse(manifest_with());
    ImageConfig config;

    EXPECT_THAT([&] { check_layers_match(manifest, config); },
                FailsWith(Errc::corrupt, StrEq("the manifest has 1 layers, the config 0")));
    config.diff_ids.push_back(kEmptyLayer);
    EXPECT_NO_THROW(check_layers_match(manifest, config));
}

TEST(Index, is_told_from_a_manifest)
{
    EXPECT_TRUE(std::holds_alternative<Manifest>(parse_manifest_or_index(manifest_with())));
    EXPECT_TRUE(std::holds_alternative<Index>(parse_manifest_or_index(index_with(""))));
    EXPECT_TRUE(std::holds_alternative<Index>(parse_manifest_or_index(index_with(""), kIndex)));
    EXPECT_THAT([] { parse_manifest_or_index(index_with(""), kManifest); },
                FailsWith(Errc::corrupt));
}

TEST(Index, that_is_printed_reads_the_same)
{
    const Index index = Index::parse(index_with(on("linux/arm/v6", kHexA)));

    EXPECT_EQ(Index::parse(index.print()).manifests, index.manifests);
}

TEST(Index, finds_the_image_that_suits_best)
{
    const std::string attestation =
        described(kManifest, std::string(64, 'e'),
                  R"(,"platform":{"os":"unknown","architecture":"unknown"})"
                  R"(,"annotations":{"vnd.docker.reference.type":"attestation-manifest"})");
    const Index index = Index::parse(
        index_with(fmt::format("{},{},{},{},{}", attestation, on("linux/386", std::string(64, '3')),
                               on("linux/amd64", kHexA), on("linux/arm/v6", std::string(64, '6')),
                               on("linux/arm/v7", std::string(64, '7')))));
    const auto found = [&](std::string_view platform) {
        const Descriptor* descriptor = index.find(Platform::parse(platform));
        return descriptor == nullptr ? std::string{} : descriptor->digest.hex().substr(0, 1);
    };

    EXPECT_EQ(found("linux/amd64"), "a");
    EXPECT_EQ(found("linux/386"), "3");
    EXPECT_EQ(found("linux/arm64"), "7") << "the newest variant that it runs";
    EXPECT_EQ(found("linux/arm/v6"), "6");
    EXPECT_EQ(found("linux/arm/v5"), "");
    EXPECT_EQ(found("linux/s390x"), "");
}

TEST(Index, without_platforms_has_one_image_for_all)
{
    const Index index = Index::parse(index_with(described(kManifest, kHexB)));

    ASSERT_NE(index.find(Platform::host()), nullptr);
    EXPECT_EQ(index.find(Platform::host())->digest.hex(), kHexB);
}

TEST(Layout, has_a_version)
{
    EXPECT_NO_THROW(check_layout_file(kLayoutFile));
    EXPECT_THAT([] { check_layout_file(R"({"imageLayoutVersion":"2.0.0"})"); },
                FailsWith(Errc::unsupported, HasSubstr("2.0.0")));
    EXPECT_THAT([] { check_layout_file("{}"); }, FailsWith(Errc::corrupt));
}

} // namespace
} // namespace strata::oci
