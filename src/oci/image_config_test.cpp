// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::string kLayerA = "sha256:" + std::string(64, 'a');
const std::string kLayerB = "sha256:" + std::string(64, 'b');

std::string config_with(const std::string& more)
{
    return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" +
           kLayerA + R"("]})" + more + "}";
}

TEST(ImageConfig, reads_all_that_docker_writes)
{
    const ImageConfig image = ImageConfig::parse(config_with(
        R"(,"created":"2024-05-01T12:00:00.5Z","author":"Ada","variant":"v3","os.version":"10.0",
            "os.features":["win32k"],"comment":"hello","container":"c0ffee","docker_version":"26.1.5",
            "parent":"sha256:p","config":{"Hostname":"h","Domainname":"d","User":"ada:staff",
            "AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"ExposedPorts":{"80/tcp":{},
            "53/udp":{}},"Tty":true,"OpenStdin":true,"StdinOnce":true,"Env":["PATH=/bin","A="],
            "Cmd":["sh"],"Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Timeout":1,
            "StartPeriod":2,"StartInterval":3,"Retries":4},"ArgsEscaped":true,"Image":"base",
            "Volumes":{"/data":{}},"WorkingDir":"/w","Entrypoint":[],"NetworkDisabled":true,
            "MacAddress":"00:11","OnBuild":["RUN x"],"Labels":{"k":"v"},"StopSignal":"SIGINT",
            "StopTimeout":9,"Shell":["bash","-c"]},"container_config":{"Cmd":["true"]},
            "history":[{"created":"2024-05-01T11:00:00Z","created_by":"a","author":"b","comment":"c"},
                       {"created_by":"d","empty_layer":true}])"));

    EXPECT_EQ(format_rfc3339(image.created.value()), "2024-05-01T12:00:00.5Z");
    EXPECT_EQ(image.author, "Ada");
    EXPECT_EQ(image.platform().str(), "linux(10.0+win32k)/amd64/v3");
    EXPECT_EQ(image.comment, "hello");
    EXPECT_EQ(image.container, "c0ffee");
    EXPECT_EQ(image.docker_version, "26.1.5");
    EXPECT_EQ(image.parent, "sha256:p");
    EXPECT_THAT(image.diff_ids, ElementsAre(DiffId::parse(kLayerA)));
    EXPECT_EQ(image.container_config.value().cmd, (std::vector<std::string>{"true"}));
    EXPECT_TRUE(image.unknown.empty());

    const ContainerConfig& config = image.config;
    EXPECT_EQ(config.user, "ada:staff");
    EXPECT_THAT(config.exposed_ports, ElementsAre("53/udp", "80/tcp"));
    EXPECT_THAT(config.env, ElementsAre("PATH=/bin", "A="));
    EXPECT_EQ(config.cmd, (std::vector<std::string>{"sh"}));
    EXPECT_EQ(config.entrypoint, (std::vector<std::string>{}));
    EXPECT_THAT(config.volumes, ElementsAre("/data"));
    EXPECT_EQ(config.working_dir, "/w");
    EXPECT_THAT(config.labels, ElementsAre(Pair("k", "v")));
    EXPECT_EQ(config.stop_signal, "SIGINT");
    EXPECT_EQ(config.stop_timeout, 9);
    EXPECT_EQ(config.healthcheck, (Healthcheck{.test = {"CMD", "true"},
                                               .interval = std::chrono::seconds{30},
                                               .timeout = std::chrono::nanoseconds{1},
                                               .start_period = std::chrono::nanoseconds{2},
                                               .start_interval = std::chrono::nanoseconds{3},
                                               .retries = 4}));
    EXPECT_EQ(config.on_build, (std::vector<std::string>{"RUN x"}));
    EXPECT_EQ(config.shell, (std::vector<std::string>{"bash", "-c"}));
    EXPECT_TRUE(config.args_escaped && config.tty && config.open_stdin && config.stdin_once &&
                config.attach_stdout && config.attach_stderr && config.network_disabled);
    EXPECT_FALSE(config.attach_stdin);
    EXPECT_EQ(config.hostname + config.domainname + config.image + config.mac_address,
              "hdbase00:11");
    EXPECT_TRUE(config.unknown.empty());

    ASSERT_EQ(image.history.size(), 2u);
    EXPECT_EQ(image.history[0].created_by + image.history[0].author + image.history[0].comment,
              "abc");
    EXPECT_TRUE(image.history[1].empty_layer);
    EXPECT_EQ(ImageConfig::parse(image.print()), image);
}

TEST(ImageConfig, prints_its_keys_in_dockers_order)
{
    ImageConfig image = ImageConfig::parse(config_with(R"(,"zebra":1)"));
    image.created = parse_rfc3339("2024-05-01T12:00:00Z");
    image.author = "A <a@b>";
    image.config.cmd = {"sh"};
    image.config.env = {"A=1"};
    image.config.labels = {{"b", "2"}, {"a", "1"}};
    image.config.exposed_ports = {"80/tcp"};
    image.history = {{.created = image.created, .created_by = "one"}};

    EXPECT_EQ(
        image.print(),
        R"({"architecture":"amd64","author":"A \u003ca@b\u003e","config":{"ExposedPorts":{"80/tcp":{}},)"
        R"("Env":["A=1"],"Cmd":["sh"],"Labels":{"a":"1","b":"2"}},"created":"2024-05-01T12:00:00Z",)"
        R"("history":[{"created":"2024-05-01T12:00:00Z","created_by":"one"}],"os":"linux",)"
        R"("rootfs":{"type":"layers","diff_ids":[")" +
            kLayerA + R"("]},"zebra":1})");
}

TEST(ImageConfig, keeps_what_it_does_not_know)
{
    const ImageConfig image = ImageConfig::parse(config_with(
        R"(,"x":{"b":[1,2.5,null],"a":"é"},"config":{"User":"u","Healthcheck":{"x-check":1},"x-config":true},)"
        R"("history":[{"created_by":"c","x-step":[{}]}])"));

    const std::string printed = image.print();

    EXPECT_THAT(printed, HasSubstr(R"("x":{"b":[1,2.5,null],"a":"é"})"));
    EXPECT_THAT(printed,
                HasSubstr(R"("config":{"User":"u","Healthcheck":{"x-check":1},"x-config":true})"));
    EXPECT_THAT(printed, HasSubstr(R"("history":[{"created_by":"c","x-step":[{}]}])"));
}

TEST(ImageConfig, keeps_what_it_does_not_know_of_its_layers)
{
    const std::string text = R"({"architecture":"","config":{},"history":[],"os":"",)"
                             R"("rootfs":{"type":"layers","diff_ids":[],"x":[1]}})";

    EXPECT_EQ(ImageConfig::parse(text).print(), text);
}

TEST(ImageConfig, tells_no_command_from_an_empty_one)
{
    const auto entrypoint = [](const std::string& json) {
        return ImageConfig::parse(config_with(R"(,"config":{)" + json + "}")).config.entrypoint;
    };
    using List = std::vector<std::string>;

    EXPECT_EQ(entrypoint(""), std::nullopt);
    EXPECT_EQ(entrypoint(R"("Entrypoint":null)"), std::nullopt);
    EXPECT_EQ(entrypoint(R"("Entrypoint":[])"), List{});
    EXPECT_EQ(entrypoint(R"("Entrypoint":["a"])"), List{"a"});
    EXPECT_EQ(entrypoint(R"("Entrypoint":"a b")"), List{"a b"}) << "from the early days";

    ImageConfig image = ImageConfig::parse(config_with(""));
    image.config.entrypoint = std::vector<std::string>{};
    EXPECT_THAT(image.print(), HasSubstr(R"("Entrypoint":[])"));
}

TEST(ImageConfig, needs_a_rootfs_and_little_else)
{
    EXPECT_THAT([] { ImageConfig::parse("{}"); },
                FailsWith(Errc::corrupt, HasSubstr("image config: rootfs is missing")));
    EXPECT_EQ(ImageConfig::parse(R"({"rootfs":{"type":"layers"}})").platform(), Platform::host());
}

TEST(ImageConfig, with_more_steps_than_layers_is_refused)
{
    EXPECT_THAT(
        [] { ImageConfig::parse(config_with(R"(,"history":[{"created_by":"a"},{}])")); },
        FailsWith(Errc::corrupt, HasSubstr("too many non-empty layers in History section")));
    EXPECT_NO_THROW(ImageConfig::parse(config_with(R"(,"history":[{"empty_layer":true}])")));
}

TEST(ImageConfig, complaints_name_the_field)
{
    const auto refused = [](const std::string& more, const std::string& message) {
        EXPECT_THAT([&] { ImageConfig::parse(config_with(more)); },
                    FailsWith(Errc::corrupt, HasSubstr(message)))
            << more;
    };
    refused(R"(,"config":{"Env":["a",1]})", "config.Env[1]: expected a string, found a number");
    refused(R"(,"config":{"Volumes":["/a"]})", "config.Volumes: expected an object");
    refused(R"(,"config":{"Labels":{"a":1}})", "config.Labels.a: expected a string");
    refused(R"(,"config":{"Healthcheck":{"Retries":"3"}})", "config.Healthcheck.Retries: expected");
    refused(R"(,"config":[])", "config: expected an object, found an array");
    refused(R"(,"created":"yesterday")", "created: 'yesterday' is not an RFC 3339 time");
    refused(R"(,"history":[{"empty_layer":1}])", "history[0].empty_layer: expected a boolean");
    refused(R"(,"os":"windows")", "key \"os\" is there twice");
    EXPECT_THAT(
        [] { ImageConfig::parse(R"({"rootfs":{"type":"layers","diff_ids":["sha256:1"]}})"); },
        FailsWith(Errc::corrupt, HasSubstr(R"(rootfs.diff_ids[0]: "sha256:1" is not a digest)")));
    EXPECT_THAT([] { ImageConfig::parse(R"({"rootfs":{"type":"tree"}})"); },
                FailsWith(Errc::corrupt, HasSubstr(R"(rootfs.type: expected "layers")")));
}

TEST(ImageConfig, has_limits)
{
    EXPECT_THAT([] { ImageConfig::parse(config_with(""), 0); },
                FailsWith(Errc::exhausted, HasSubstr("1 layers, more than the 0 allowed")));
}

TEST(ImageConfig, knows_which_step_made_which_layer)
{
    ImageConfig image;
    image.add_step({.created_by = "ADD"}, DiffId::parse(kLayerA));
    image.add_step({.created_by = "ENV"}, std::nullopt);
    image.add_step({.created_by = "RUN"}, DiffId::parse(kLayerB));

    EXPECT_THAT(image.history_layers(), ElementsAre(0u, std::nullopt, 1u));
    EXPECT_TRUE(image.history[1].empty_layer);
    EXPECT_EQ(image.diff_ids.size(), 2u);
}

TEST(ImageConfig, variables_are_set_in_place)
{
    ContainerConfig config;
    config.env = {"A=1", "AB=2", "EMPTY"};

    config.set_env("A", "x=y");
    config.set_env("C", "3");

    EXPECT_THAT(config.env, ElementsAre("A=x=y", "AB=2", "EMPTY", "C=3"));
    EXPECT_EQ(config.find_env("A"), "x=y");
    EXPECT_EQ(config.find_env("EMPTY"), "");
    EXPECT_EQ(config.find_env("B"), std::nullopt);
}

TEST(ImageConfig, id_is_the_digest_of_its_bytes)
{
    const std::string bytes = config_with("") + "\n";

    EXPECT_EQ(image_id(ImageConfigDocument::parse(bytes)).value, Digest::of(bytes));
}

} // namespace
} // namespace strata::oci
