// SPDX-License-Identifier: Apache-2.0
#include "container/volume.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;

TEST(ParseVolume, HostFolder)
{
    const MountPoint mount = parse_volume("/srv//data/:/a/../data:ro,z,rshared");
    EXPECT_EQ(mount.kind, MountKind::bind);
    EXPECT_EQ(mount.source, "/srv/data");
    EXPECT_EQ(mount.destination, "/data");
    EXPECT_TRUE(mount.read_only);
    EXPECT_EQ(mount.propagation, "rshared");
    EXPECT_EQ(mount.mode, "ro,z,rshared");
}

TEST(ParseVolume, NamedAndAnonymousVolumes)
{
    const MountPoint named = parse_volume("cache:/var/cache:nocopy");
    EXPECT_EQ(named.kind, MountKind::volume);
    EXPECT_EQ(named.source, "cache");
    EXPECT_FALSE(named.copy_up);
    EXPECT_FALSE(named.anonymous);

    const MountPoint anonymous = parse_volume("/data");
    EXPECT_TRUE(anonymous.anonymous);
    EXPECT_TRUE(anonymous.source.empty());
}

TEST(ParseVolume, RefusesInDockersWords)
{
    const auto refuses = [](std::string_view text, std::string_view words) {
        EXPECT_THAT([&] { parse_volume(text); },
                    FailsWith(Errc::invalid_argument, HasSubstr(std::string{words})))
            << text;
    };
    refuses("x1:y:z",
            "invalid mount config for type \"volume\": invalid mount path: 'y' mount path "
            "must be absolute");
    refuses("/x:/", "invalid specification: destination can't be '/'");
    refuses("/a:/b:zz", "invalid mode: zz");
    refuses("/a:/b:ro,rw", "invalid mode: ro,rw");
    refuses("/a:/b:nocopy", "invalid mode: nocopy");
    refuses("name:/b:rshared", "invalid mode: rshared");
    refuses("a/b:/b", "includes invalid characters for a local volume name");
    refuses("..:/b", "includes invalid characters for a local volume name");
    refuses("a:/b", "volume name is too short");
    refuses("/a:/b:ro:x", "invalid spec: /a:/b:ro:x: too many colons");
    refuses(":/b", "invalid spec: :/b: empty section between colons");
    refuses("", "invalid empty volume spec");
}

TEST(ArrangeMounts, ParentsFirstAndTheUsersBeforeTheImages)
{
    const auto mounts =
        arrange_mounts({parse_volume("/h:/a/b/c"), parse_volume("/h:/a")}, {"/a/b", "/a", "rel"});
    ASSERT_EQ(mounts.size(), 4u);
    EXPECT_EQ(mounts[0].destination, "/a");
    EXPECT_EQ(mounts[0].kind, MountKind::bind);
    EXPECT_EQ(mounts[1].destination, "/rel");
    EXPECT_EQ(mounts[2].destination, "/a/b");
    EXPECT_TRUE(mounts[2].anonymous);
    EXPECT_EQ(mounts[3].destination, "/a/b/c");
}

TEST(ArrangeMounts, TwoAtOnePlaceAreRefused)
{
    EXPECT_THAT(
        [] {
            arrange_mounts({parse_volume("/x:/a"), parse_volume("/y:/a/")}, {});
        },
        FailsWith(Errc::invalid_argument, HasSubstr("Duplicate mount point: /a")));
}

TEST(ArrangeMounts, AnAnonymousVolumeYieldsToWhateverElseIsThere)
{
    const auto mounts =
        arrange_mounts({parse_volume("/a"), parse_volume("/x:/a"), parse_volume("/a/")}, {"/a"});

    ASSERT_EQ(mounts.size(), 1u);
    EXPECT_EQ(mounts[0].source, "/x");
}

TEST(ArrangeMounts, TheSameTwiceIsOne)
{
    EXPECT_EQ(arrange_mounts({parse_volume("/x:/a"), parse_volume("/x:/a"), parse_volume("/b"),
                              parse_volume("/b")},
                             {})
                  .size(),
              2u);
}

TEST(CleanPath, NeverLeavesTheRoot)
{
    EXPECT_EQ(clean_path("/../../etc//./x/"), "/etc/x");
    EXPECT_EQ(clean_path("//"), "/");
}

} // namespace
} // namespace strata::container
