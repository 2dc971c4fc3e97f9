// SPDX-License-Identifier: Apache-2.0
#include "engine/docker_archive.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::engine {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ManifestJson, gives_each_image)
{
    const auto items = parse_manifest_json(
        R"([{"Config":"c.json","RepoTags":["a:1","b:2"],"Layers":["x/layer.tar"],"Parent":"sha256:1"},
                                               {"Config":"d.json","RepoTags":null,"Layers":[]}])");

    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[0].config, "c.json");
    EXPECT_THAT(items[0].tags, ElementsAre("a:1", "b:2"));
    EXPECT_THAT(items[0].layers, ElementsAre("x/layer.tar"));
    EXPECT_EQ(items[0].parent, "sha256:1");
    EXPECT_THAT(items[1].tags, IsEmpty());
}

TEST(ManifestJson, may_be_empty_but_not_null)
{
    EXPECT_THAT(parse_manifest_json("[]"), IsEmpty());
    EXPECT_THAT([] { parse_manifest_json("null"); },
                FailsWith(Errc::corrupt, HasSubstr("manifest cannot be null")));
}

TEST(ManifestJson, refuses_other_shapes)
{
    const std::string deep(100'000, '[');
    for (const std::string& text :
         {std::string{}, std::string{"{}"}, std::string{"[1]"}, std::string{"[{}]"},
          std::string{R"([{"Config":1}])"}, std::string{R"([{"Config":"c","Layers":{}}])"},
          std::string{R"([{"Config":"c","Layers":[1]}])"}, std::string{"[] x"}, deep}) {
        EXPECT_THAT([&] { parse_manifest_json(text); }, FailsWith(Errc::corrupt))
            << text.substr(0, 100);
    }
}

TEST(RepositoriesJson, gives_tags_by_repository)
{
    const auto repositories = parse_repositories(R"({"busybox":{"latest":"abc","1":"def"}})");

    EXPECT_EQ(repositories.at("busybox").at("latest"), "abc");
    EXPECT_EQ(repositories.at("busybox").at("1"), "def");
    EXPECT_THAT([] { parse_repositories(R"({"busybox":"abc"})"); }, FailsWith(Errc::corrupt));
    EXPECT_THAT([] { parse_repositories(R"({"busybox":{"latest":1}})"); },
                FailsWith(Errc::corrupt));
}

TEST(V1Image, becomes_a_config_of_today)
{
    const std::string text =
        R"({"id":"aa","parent":"bb","created":"2015-01-02T03:04:05Z","Size":12,"os":"linux",)"
        R"("container_config":{"Cmd":["/bin/sh","-c","a && b"]},"architecture":"amd64"})";

    const V1Image image = parse_v1_image(text, "aa/json");
    const std::string config =
        config_of_v1_image(text, {"sha256:1", "sha256:2"}, {R"({"created":"x"})", image.history});

    EXPECT_EQ(image.parent, "bb");
    EXPECT_EQ(image.history,
              R"({"created":"2015-01-02T03:04:05Z","created_by":"/bin/sh -c a && b"})");
    EXPECT_EQ(
        config,
        R"({"architecture":"amd64","container_config":{"Cmd":["/bin/sh","-c","a \u0026\u0026 b"]},)"
        R"("created":"2015-01-02T03:04:05Z",)"
        R"("history":[{"created":"x"},{"created":"2015-01-02T03:04:05Z","created_by":"/bin/sh -c a \u0026\u0026 b"}],)"
        R"("os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:1","sha256:2"]}})");
}

} // namespace
} // namespace strata::engine
