// SPDX-License-Identifier: Apache-2.0
#include "engine/load_plan.hpp"
#include "engine/own_manifest.hpp"
#include "engine/testing/fake_archive.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::engine {
namespace {

using strata::testing::FailsWith;
using testing::FakeArchive;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string config_of(const std::vector<std::string>& layers,
                      const std::string& architecture = "amd64")
{
    oci::ImageConfig config;
    config.os = "linux";
    config.architecture = architecture;
    for (const std::string& layer : layers) {
        config.add_step({.created_by = "step"}, oci::DiffId{oci::Digest::of(layer)});
    }
    return config.print();
}

std::string descriptor(std::string_view media_type, const std::string& bytes,
                       const std::string& more = "")
{
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", media_type,
                       oci::Digest::of(bytes), bytes.size(), more);
}

std::string index_of(const std::vector<std::string>& descriptors)
{
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})",
                       oci::media_type::kIndex, fmt::join(descriptors, ","));
}

/// One image in an OCI layout: its blobs are added, its manifest returned.
std::string add_image(FakeArchive& archive, const std::string& layer,
                      const std::string& architecture)
{
    const std::string config = config_of({layer}, architecture);
    const std::string manifest =
        own_manifest(config, {{.diff_id = {oci::Digest::of(layer)}, .bytes = layer.size()}});
    archive.add_blob(layer);
    archive.add_blob(config);
    archive.add_blob(manifest);
    return manifest;
}

std::string on(const std::string& architecture)
{
    return R"(,"platform":{"os":"linux","architecture":")" + architecture + "\"}";
}
std::string called(const std::string& name)
{
    return R"(,"annotations":{"io.containerd.image.name":")" + name + "\"}";
}

TEST(LoadPlan, keeps_no_manifest_that_we_would_write_ourselves)
{
    FakeArchive archive;
    const std::string manifest = add_image(archive, "layer", "amd64");
    archive.add("index.json", index_of({descriptor(oci::media_type::kManifest, manifest,
                                                   called("docker.io/library/a:1"))}));

    const auto images = plan_load(archive);

    ASSERT_THAT(images, SizeIs(1));
    EXPECT_EQ(images[0].names.at(0).familiar(), "a:1");
    EXPECT_EQ(images[0].manifest, std::nullopt);
}

TEST(LoadPlan, keeps_a_manifest_that_says_more)
{
    FakeArchive archive;
    std::string manifest = add_image(archive, "layer", "amd64");
    manifest.insert(manifest.size() - 1, R"(,"annotations":{"more":"x"})");
    archive.add_blob(manifest);
    archive.add("index.json", index_of({descriptor(oci::media_type::kManifest, manifest)}));

    EXPECT_EQ(plan_load(archive).at(0).manifest, manifest);
}

TEST(LoadPlan, takes_the_platform_that_was_asked_for_or_the_hosts)
{
    FakeArchive archive;
    const std::string mine = add_image(archive, "mine", oci::Platform::host().architecture);
    const std::string other = add_image(archive, "other", "s390x");
    archive.add("index.json", index_of({descriptor(oci::media_type::kManifest, other, on("s390x")),
                                        descriptor(oci::media_type::kManifest, mine,
                                                   on(oci::Platform::host().architecture))}));

    const auto by_default = plan_load(archive);
    const auto asked = plan_load(archive, {.platform = oci::Platform::parse("linux/s390x")});

    ASSERT_THAT(by_default, SizeIs(1));
    EXPECT_EQ(by_default[0].config->architecture, oci::Platform::host().architecture);
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_EQ(asked[0].config->architecture, "s390x");
    EXPECT_THAT([&] { plan_load(archive, {.platform = oci::Platform::parse("linux/riscv64")}); },
                FailsWith(Errc::not_found, HasSubstr("no image for linux/riscv64")));
}

TEST(LoadPlan, takes_a_foreign_image_when_there_is_nothing_to_choose_from)
{
    FakeArchive archive;
    const std::string other = add_image(archive, "other", "s390x");
    archive.add("index.json",
                index_of({descriptor(oci::media_type::kManifest, other, on("s390x"))}));

    EXPECT_THAT(plan_load(archive), SizeIs(1));
}

TEST(LoadPlan, gives_one_image_all_its_names)
{
    FakeArchive archive;
    const std::string manifest = add_image(archive, "layer", "amd64");
    archive.add(
        "index.json",
        index_of(
            {descriptor(oci::media_type::kManifest, manifest, called("docker.io/library/a:1")),
             descriptor(oci::media_type::kManifest, manifest, called("docker.io/library/b:2"))}));

    const auto images = plan_load(archive);

    ASSERT_THAT(images, SizeIs(1));
    EXPECT_THAT(images[0].names, SizeIs(2));
}

TEST(LoadPlan, follows_indexes_only_so_deep)
{
    FakeArchive archive;
    std::string inner = add_image(archive, "layer", "amd64");
    std::string_view media_type = oci::media_type::kManifest;
    for (int depth = 0; depth < 10; ++depth) {
        inner = index_of({descriptor(media_type, inner)});
        archive.add_blob(inner);
        media_type = oci::media_type::kIndex;
    }
    archive.add("index.json", inner);

    EXPECT_THAT([&] { plan_load(archive); },
                FailsWith(Errc::corrupt, HasSubstr("nested too deeply")));
}

TEST(LoadPlan, takes_images_of_so_many_layers_and_no_more)
{
    FakeArchive archive;
    archive.add("c.json", config_of({"a", "b"})).add("a", "a").add("b", "b");
    archive.add("manifest.json", R"([{"Config":"c.json","Layers":["a","b"]}])");

    EXPECT_THAT(plan_load(archive, {.max_layers = 2}), SizeIs(1));
    EXPECT_THAT([&] { plan_load(archive, {.max_layers = 1}); },
                FailsWith(Errc::exhausted, HasSubstr("2 layers, more than the 1 allowed")));
}

TEST(LoadPlan, refuses_a_config_that_is_not_what_its_name_promises)
{
    FakeArchive archive;
    const std::string layer = "layer";
    const std::string name = oci::Digest::of(std::string_view{"another"}).hex() + ".json";
    archive.add(name, config_of({layer})).add("l", layer);
    archive.add("manifest.json", fmt::format(R"([{{"Config":"{}","Layers":["l"]}}])", name));

    EXPECT_THAT([&] { plan_load(archive); },
                FailsWith(Errc::corrupt, HasSubstr("'" + name + "' does not match its digest")));
}

TEST(MemberNames, are_compared_without_what_means_nothing)
{
    EXPECT_EQ(clean_member_name("./a//b/./c/"), "a/b/c");
    EXPECT_EQ(clean_member_name("/manifest.json"), "manifest.json");
    EXPECT_THAT([] { clean_member_name("a/../b"); },
                FailsWith(Errc::invalid_argument, HasSubstr("a/../b")));
    EXPECT_EQ(clean_member_name("a..b"), "a..b");
}

TEST(MemberNames, of_links_stay_in_the_archive)
{
    using io::EntryType;
    EXPECT_EQ(link_destination("a/layer.tar", "../b/layer.tar", EntryType::symlink), "b/layer.tar");
    EXPECT_EQ(link_destination("a/layer.tar", "/b/layer.tar", EntryType::symlink), "b/layer.tar");
    EXPECT_EQ(link_destination("a/layer.tar", "b/layer.tar", EntryType::hard_link), "b/layer.tar");
    EXPECT_THAT([] { link_destination("a/layer.tar", "../../etc/passwd", EntryType::symlink); },
                FailsWith(Errc::invalid_argument, HasSubstr("outside the archive")));
}

} // namespace
} // namespace strata::engine
