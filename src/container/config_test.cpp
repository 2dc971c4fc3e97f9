// SPDX-License-Identifier: Apache-2.0
#include "container/config.hpp"
#include "testing/errors.hpp"

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using testing::FailsWith;

TEST(Config, SurvivesItsJson)
{
    Config config;
    config.entrypoint = {"/bin/sh", "-c"};
    config.command = {"echo \"é\n\""};
    config.env = {"A=1"};
    config.terminal = true;
    config.labels = {{"a", "1"}, {"b", ""}};
    config.mounts = {parse_volume("/h:/c:ro"), parse_tmpfs("/run:size=1m")};
    config.network = NetworkMode::host;
    config.seccomp = "unconfined";
    config.resources.memory = 64 << 20;
    config.resources.ulimits = {{.name = "nofile", .soft = 10, .hard = -1}};

    const Config again = Config::from_json(config.to_json());

    EXPECT_EQ(again.to_json(), config.to_json());
    EXPECT_EQ(again.command, config.command);
    EXPECT_EQ(again.network, NetworkMode::host);
    EXPECT_EQ(again.mounts.at(1).tmpfs_options, "size=1m");
    EXPECT_EQ(again.resources.ulimits.at(0).hard, -1);
}

TEST(Config, ReadsOlderAndNewerRecords)
{
    EXPECT_EQ(Config::from_json("{}").log_files, 3u);
    EXPECT_EQ(Config::from_json(R"({"later": [1], "user": "web"})").user, "web");
}

TEST(Config, RefusesWhatIsNotARecord)
{
    for (const char* bad :
         {"", "[]", "{\"user\":1}", "{\"network\":\"warp\"}", "{\"mounts\":[3]}"}) {
        EXPECT_THAT([&] { Config::from_json(bad); }, FailsWith(Errc::corrupt)) << bad;
    }
}

TEST(Config, WhatRunsIsEntrypointThenCommand)
{
    Config config;
    EXPECT_THAT([&] { config.arguments(); }, FailsWith(Errc::invalid_argument));
    config.entrypoint = {"a"};
    config.command = {"b", "c"};
    EXPECT_THAT(config.arguments(), ElementsAre("a", "b", "c"));
}

} // namespace
} // namespace strata::container
