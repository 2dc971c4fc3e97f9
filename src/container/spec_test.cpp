// SPDX-License-Identifier: Apache-2.0
#include "container/spec.hpp"
#include "testing/errors.hpp"

#include <boost/json.hpp>

namespace strata::container {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Not;

struct Built {
    json::value spec;

    std::vector<std::string> texts(std::string_view pointer) const
    {
        std::vector<std::string> all;
        for (const auto& item : spec.at_pointer(pointer).as_array()) {
            all.emplace_back(item.as_string().c_str());
        }
        return all;
    }
    std::vector<std::string> options_of(std::string_view destination) const
    {
        std::vector<std::string> options;
        for (const auto& mount : spec.at("mounts").as_array()) {
            if (mount.at("destination").as_string() == destination) {
                for (const auto& option : mount.at("options").as_array()) {
                    options.emplace_back(option.as_string().c_str());
                }
            }
        }
        return options;
    }
    std::vector<std::string> destinations() const
    {
        std::vector<std::string> all;
        for (const auto& mount : spec.at("mounts").as_array()) {
            all.emplace_back(mount.at("destination").as_string().c_str());
        }
        return all;
    }
    std::vector<std::string> namespaces() const
    {
        std::vector<std::string> all;
        for (const auto& item : spec.at_pointer("/linux/namespaces").as_array()) {
            all.emplace_back(item.at("type").as_string().c_str());
        }
        return all;
    }
};

Built build(Config config, std::vector<ResolvedMount> mounts = {})
{
    if (config.command.empty()) {
        config.command = {"true"};
    }
    return {json::parse(write_spec({.config = config,
                                    .id = "c0ffee",
                                    .root = "/run/root",
                                    .hostname = "c0ffee",
                                    .capabilities = {"CAP_KILL"},
                                    .seccomp_profile = R"({"defaultAction":"SCMP_ACT_ALLOW"})",
                                    .mounts = std::move(mounts),
                                    .hosts_file = "/c/hosts",
                                    .hostname_file = "/c/hostname",
                                    .resolv_conf_file = "/c/resolv.conf"}))};
}

TEST(Spec, IsDockersByDefault)
{
    const Built built = build({});

    EXPECT_THAT(built.namespaces(), ElementsAre("mount", "network", "uts", "pid", "ipc"));
    EXPECT_THAT(built.destinations(),
                ElementsAre("/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue",
                            "/dev/shm", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"));
    EXPECT_THAT(built.options_of("/sys"), Contains("ro"));
    EXPECT_THAT(built.options_of("/dev/shm"), Contains("size=65536k"));
    EXPECT_THAT(built.texts("/linux/maskedPaths"), IsSupersetOf({"/proc/kcore", "/sys/firmware"}));
    EXPECT_THAT(built.texts("/linux/readonlyPaths"), Contains("/proc/sys"));
    EXPECT_EQ(built.spec.at_pointer("/linux/cgroupsPath").as_string(), "/strata/c0ffee");
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/devices/0/allow").as_bool(), false);
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/devices").as_array().size(), 7u);
    EXPECT_TRUE(built.spec.at("linux").as_object().contains("seccomp"));
    EXPECT_THAT(built.texts("/process/capabilities/bounding"), ElementsAre("CAP_KILL"));
    EXPECT_EQ(built.spec.at_pointer("/process/cwd").as_string(), "/");
    EXPECT_EQ(built.spec.at("hostname").as_string(), "c0ffee");
    EXPECT_EQ(built.spec.at_pointer("/root/readonly").as_bool(), false);
}

TEST(Spec, PrivilegedLiftsEverything)
{
    Config config;
    config.privileged = true;
    const Built built = build(config);

    EXPECT_THAT(built.options_of("/sys"), Contains("rw"));
    EXPECT_THAT(built.options_of("/sys/fs/cgroup"), Contains("rw"));
    EXPECT_FALSE(built.spec.at("linux").as_object().contains("maskedPaths"));
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/devices/0/allow").as_bool(), true);
}

TEST(Spec, HostNamespacesAreNotMade)
{
    Config config;
    config.network = NetworkMode::host;
    config.pid = config.ipc = config.uts = NamespaceMode::host;
    const Built built = build(config);

    EXPECT_THAT(built.namespaces(), ElementsAre("mount"));
    EXPECT_FALSE(built.spec.as_object().contains("hostname"));
    EXPECT_THAT(built.options_of("/dev/shm"), ElementsAre("rbind", "rprivate"));
    EXPECT_THAT(built.options_of("/dev/mqueue"), Not(Contains("rbind")))
        << "the host may have none mounted";
}

TEST(Spec, AReadOnlyRootHasReadOnlyHostFiles)
{
    Config config;
    config.read_only = true;
    const Built built = build(config);

    EXPECT_EQ(built.spec.at_pointer("/root/readonly").as_bool(), true);
    for (const char* const file : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}) {
        EXPECT_THAT(built.options_of(file), Contains("ro")) << file;
    }
    EXPECT_THAT(build({}).options_of("/etc/hosts"), Not(Contains("ro")));
}

TEST(Spec, AUsersMountHidesOurs)
{
    const Built built =
        build({}, {{parse_volume("/h:/dev/shm"), "/h"}, {parse_volume("/h:/etc"), "/h"}});

    EXPECT_THAT(built.destinations(), Not(Contains("/etc/hosts")));
    EXPECT_THAT(built.options_of("/dev/shm"), ElementsAre("rbind", "rprivate"));
}

TEST(Spec, MountOptions)
{
    const Built built =
        build({}, {{parse_volume("/h:/ro:ro,rslave"), "/h"}, {parse_tmpfs("/t:exec,size=1m"), ""}});

    EXPECT_THAT(built.options_of("/ro"), ElementsAre("rbind", "ro", "rslave"));
    EXPECT_THAT(built.options_of("/t"), ElementsAre("nosuid", "nodev", "exec", "size=1m"));
}

TEST(Spec, ResourcesAppearOnlyWhenAskedFor)
{
    EXPECT_EQ(build({}).spec.at_pointer("/linux/resources").as_object().size(), 1u);

    Config config;
    config.resources.memory = 1 << 20;
    config.resources.nano_cpus = 1'500'000'000;
    config.resources.pids_limit = 7;
    config.resources.ulimits = {{.name = "nofile", .soft = 5, .hard = 6}};
    const Built built = build(config);
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/memory/limit").to_number<int>(), 1 << 20);
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/cpu/quota").to_number<int>(), 150'000);
    EXPECT_EQ(built.spec.at_pointer("/linux/resources/pids/limit").to_number<int>(), 7);
    EXPECT_EQ(built.spec.at_pointer("/process/rlimits/0/type").as_string(), "RLIMIT_NOFILE");
}

} // namespace
} // namespace strata::container
