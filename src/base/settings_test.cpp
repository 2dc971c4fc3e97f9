// SPDX-License-Identifier: Apache-2.0
#include "base/settings.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace strata {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StrEq;

class SettingsTest : public ::testing::Test {
protected:
    void write(const std::string& text) { std::ofstream{file_} << text; }
    Settings load() const
    {
        return Settings::load(
            {.environment = [this](std::string_view name) -> std::optional<std::string> {
                 const auto found = environment_.find(std::string{name});
                 return found == environment_.end() ? std::nullopt : std::optional{found->second};
             },
             .is_root = is_root_,
             .files = {(dir_.path() / "none.yml").string(), file_},
             .only_file = only_file_});
    }

    TempDir dir_;
    std::string file_ = (dir_.path() / "strata.yml").string();
    std::map<std::string, std::string> environment_;
    std::optional<std::string> only_file_;
    bool is_root_ = true;
};

TEST_F(SettingsTest, have_defaults)
{
    const Settings settings = load();

    EXPECT_EQ(settings.get<"root">(), "/var/lib/strata");
    EXPECT_EQ(settings.get<"storage-driver">(), "");
    EXPECT_EQ(settings.get<"keep-compressed">(), true);
    EXPECT_EQ(settings.get<"max-layer-entries">(), 10'000'000u);
    EXPECT_EQ(settings.get<"log-size">(), 10u << 20);
    EXPECT_EQ(settings.value("root").origin, Origin::preset);
}

TEST_F(SettingsTest, every_default_is_valid)
{
    Settings settings = load();

    for (const SettingInfo& info : kSettings) {
        if (!info.preset.empty()) {
            EXPECT_NO_THROW(settings.set(info.name, info.preset)) << info.name;
        }
    }
}

TEST_F(SettingsTest, of_somebody_else_lie_in_their_home)
{
    is_root_ = false;
    environment_ = {{"HOME", "/home/ada"}, {"XDG_RUNTIME_DIR", "/run/user/7"}};

    EXPECT_EQ(load().get<"root">(), "/home/ada/.local/share/strata");
    EXPECT_EQ(load().get<"run-root">(), "/run/user/7/strata");
}

TEST_F(SettingsTest, come_from_the_strongest_origin)
{
    write("root: /from/file\nrun-root: /from/file\nlog-size: 1m\n");
    environment_ = {{"STRATA_RUN_ROOT", "/from/environment"}, {"STRATA_LOG_SIZE", "2m"}};

    Settings settings = load();
    settings.set("log-size", "3m");

    EXPECT_EQ(settings.get<"root">(), "/from/file");
    EXPECT_EQ(settings.value("root").where, file_ + ":1");
    EXPECT_EQ(settings.get<"run-root">(), "/from/environment");
    EXPECT_EQ(settings.value("run-root").where, "STRATA_RUN_ROOT");
    EXPECT_EQ(settings.get<"log-size">(), 3u << 20);
    EXPECT_EQ(settings.value("log-size").where, "--log-size");
    EXPECT_EQ(settings.value("log-size").origin, Origin::command_line);
}

TEST_F(SettingsTest, a_file_may_say_nothing_and_home)
{
    write("# nothing yet\n");
    EXPECT_NO_THROW(load());

    environment_ = {{"HOME", "/home/ada"}};
    write("root: ~/strata\nkeep-compressed: false\n");
    EXPECT_EQ(load().get<"root">(), "/home/ada/strata");
    EXPECT_EQ(load().get<"keep-compressed">(), false);
}

TEST_F(SettingsTest, an_unknown_name_is_refused_with_its_place_and_a_guess)
{
    write("root: /data\n\nstorage-drver: erofs\n");

    try {
        load();
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), file_ + ":3: there is no setting 'storage-drver'");
        EXPECT_EQ(error.hint(), "Did you mean 'storage-driver'?");
    }
}

TEST_F(SettingsTest, a_bad_value_is_refused_with_its_place_and_what_would_be_good)
{
    const auto refused = [&](const std::string& text, const std::string& message) {
        write(text);
        EXPECT_THAT([&] { load(); },
                    FailsWith(Errc::invalid_argument, StrEq(file_ + ":1: " + message)));
    };
    refused("root: data", "root: 'data' is not an absolute path");
    refused("storage-driver: zfs", "storage-driver: 'zfs' is not one of erofs, overlay, vfs");
    refused("log-size: big", "log-size: 'big' is not a size such as 512m or 1.5g");
    refused("log-size: 0", "log-size: '0' is not a size such as 512m or 1.5g");
    refused("max-layers: 0", "max-layers: '0' is not a whole number from 1");
    refused("keep-compressed: yes", "keep-compressed: 'yes' is not true or false");
    refused("- root", "expected settings as 'name: value'");
    refused("root: [a]", "expected a setting as 'name: value'");
}

TEST_F(SettingsTest, a_name_may_not_be_there_twice)
{
    write("root: /a\nlog-size: 1m\nroot: /b\n");

    EXPECT_THAT([&] { load(); },
                FailsWith(Errc::invalid_argument, StrEq(file_ + ":3: 'root' is there twice")));
}

TEST_F(SettingsTest, a_bad_variable_or_flag_is_named)
{
    environment_ = {{"STRATA_MAX_LAYERS", "many"}};
    EXPECT_THAT([&] { load(); }, FailsWith(Errc::invalid_argument,
                                           HasSubstr("STRATA_MAX_LAYERS: 'many' is not a whole")));

    environment_.clear();
    Settings settings = load();
    EXPECT_THAT([&] { settings.set("log-size", "-1"); },
                FailsWith(Errc::invalid_argument, HasSubstr("--log-size: '-1' is not a size")));
}

TEST_F(SettingsTest, a_path_on_the_command_line_may_be_relative)
{
    Settings settings = load();

    settings.set("root", "here/../data");

    EXPECT_EQ(settings.get<"root">(), (std::filesystem::current_path() / "data").string());
}

TEST_F(SettingsTest, a_file_that_is_no_yaml_is_refused_with_its_line)
{
    write("root: /a\nrun-root: [\n");

    EXPECT_THAT([&] { load(); }, FailsWith(Errc::invalid_argument, HasSubstr("strata.yml:")));
}

TEST_F(SettingsTest, the_one_file_that_was_named_must_exist)
{
    only_file_ = (dir_.path() / "mine.yml").string();

    EXPECT_THAT([&] { load(); }, FailsWith(Errc::not_found, AllOf(HasSubstr("STRATA_CONFIG"),
                                                                  HasSubstr("mine.yml"))));
}

TEST(SettingsManual, is_current)
{
    const std::string path = std::string{STRATA_SOURCE_DIR} + "/docs/user/settings.md";
    if (std::getenv("STRATA_ACCEPT") != nullptr) {
        std::ofstream{path} << settings_manual();
    }
    std::ifstream file{path};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};

    EXPECT_EQ(text, settings_manual()) << "run base_test with STRATA_ACCEPT=1 to write it again";
}

} // namespace
} // namespace strata
