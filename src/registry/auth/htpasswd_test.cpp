// SPDX-License-Identifier: Apache-2.0
#include "base/base64.hpp"
#include "registry/auth/authentication.hpp"
#include "registry/auth/htpasswd.hpp"
#include "registry/testing/fake_request.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using registry::testing::FakeRequest;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write(const sys::Path& file, std::string_view text)
{
    sys::write_all(sys::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0644), text);
}

FakeRequest as(const std::string& user, const std::string& password)
{
    return FakeRequest{{{"Authorization", "Basic " + encode_base64(user + ":" + password)}}};
}

std::string entry(const std::string& user, const std::string& password)
{
    return user + ":" + make_bcrypt(password, 4) + "\n";
}

TEST(Bcrypt, TakesWhatOthersWrote)
{
    // A test vector of the algorithm's author.
    EXPECT_TRUE(
        check_bcrypt("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"));
    EXPECT_FALSE(
        check_bcrypt("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V"));
}

TEST(Bcrypt, RefusesOtherHashesAndPasswordsThatWouldBeCutOff)
{
    const std::string hash = make_bcrypt("secret", 4);

    EXPECT_TRUE(check_bcrypt(hash, "secret"));
    EXPECT_FALSE(check_bcrypt(hash, std::string{"secret\0x", 8}));
    EXPECT_FALSE(check_bcrypt("secret", "secret"));
    EXPECT_FALSE(check_bcrypt("", ""));
    EXPECT_FALSE(check_bcrypt("$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U"));
}

TEST(Htpasswd, TakesBcryptOnlyAndNamesTheOthers)
{
    const Htpasswd entries = Htpasswd::parse("# users\n\n" + entry("ada", "x") +
                                                 "bob:$apr1$abc$def\r\n"
                                                 "eve:{SHA}abc\n"
                                                 "joe:plain\n",
                                             "users");

    EXPECT_EQ(entries.users.size(), 1U);
    EXPECT_THAT(entries.warnings,
                ElementsAre(HasSubstr("users:4: user \"bob\" has an MD5 (apr1) hash"),
                            HasSubstr("users:5: user \"eve\" has a SHA-1 hash"),
                            HasSubstr("users:6: user \"joe\" has an unknown")));
    EXPECT_THAT([] { Htpasswd::parse("ada\n", "users"); },
                FailsWith(Errc::invalid_argument, HasSubstr("users:1")));
}

class PasswordFileTest : public ::testing::Test {
protected:
    std::shared_ptr<PasswordFile> open()
    {
        return std::make_shared<PasswordFile>(
            file_, PasswordFile::Options{.look_every = 0ms, .notice = [this](const auto& text) {
                                             notices_.push_back(text);
                                         }});
    }

    TempDir folder_;
    sys::Path file_ = folder_ / "htpasswd";
    std::vector<std::string> notices_;
};

TEST_F(PasswordFileTest, ChecksPasswords)
{
    write(file_, entry("ada", "secret"));
    const auto passwords = open();

    EXPECT_TRUE(passwords->check("ada", "secret"));
    EXPECT_FALSE(passwords->check("ada", "Secret"));
    EXPECT_FALSE(passwords->check("bob", "secret"));
    EXPECT_FALSE(passwords->check("", ""));
    EXPECT_TRUE(passwords->fingerprint("ada"));
    EXPECT_FALSE(passwords->fingerprint("bob"));
}

TEST_F(PasswordFileTest, MakesAMissingFileAndTellsThePassword)
{
    const auto passwords = open();

    ASSERT_EQ(notices_.size(), 1U);
    const std::string& notice = notices_.front();
    const std::string password = notice.substr(notice.find("password=") + 9);
    EXPECT_TRUE(passwords->check("docker", password));
    EXPECT_THAT(sys::read_small_file(file_), HasSubstr("docker:$2y$"));
}

TEST_F(PasswordFileTest, AFolderIsNamed)
{
    std::filesystem::create_directory(file_);
    EXPECT_THAT([&] { open(); }, FailsWith(Errc::invalid_argument, HasSubstr("is a folder")));
}

TEST_F(PasswordFileTest, NoticesChangesAndKeepsTheOldUsersWhileTheFileIsBroken)
{
    write(file_, entry("ada", "one"));
    const auto passwords = open();
    const std::uint64_t before = passwords->generation();

    write(file_, entry("ada", "two"));
    EXPECT_TRUE(passwords->check("ada", "two"));
    EXPECT_FALSE(passwords->check("ada", "one"));
    EXPECT_NE(passwords->generation(), before);

    write(file_, "garbage without a colon");
    EXPECT_TRUE(passwords->check("ada", "two"));
    EXPECT_THAT(notices_, ElementsAre(HasSubstr("the users that were read before stay")));

    sys::remove_file(file_);
    EXPECT_TRUE(passwords->check("ada", "two"));

    write(file_, entry("bob", "x"));
    EXPECT_TRUE(passwords->check("bob", "x"));
    EXPECT_FALSE(passwords->check("ada", "two"));
}

class HtpasswdAuthenticatorTest : public PasswordFileTest {
protected:
    std::unique_ptr<Authenticator> make(AccessConfig config = {})
    {
        return make_htpasswd_authenticator("Registry \"Realm\"", open(),
                                           std::make_shared<AccessRules>(std::move(config)));
    }
    static constexpr Need::Kind kRepository = Need::Kind::repository;
};

TEST_F(HtpasswdAuthenticatorTest, RecognizesAPasswordOnlyOnceItWasChecked)
{
    write(file_, entry("ada", "secret"));
    const auto authenticator = make();

    EXPECT_EQ(authenticator->recognize(as("ada", "secret")), nullptr);
    EXPECT_EQ(authenticator->authenticate(as("ada", "secret"))->name(), "ada");
    ASSERT_NE(authenticator->recognize(as("ada", "secret")), nullptr);
    EXPECT_EQ(authenticator->recognize(as("ada", "secret"))->name(), "ada");
    EXPECT_EQ(authenticator->recognize(as("ada", "secre")), nullptr);
    EXPECT_THAT([&] { authenticator->authenticate(as("ada", "secre")); },
                FailsWith(Errc::unauthorized));
    EXPECT_THAT(
        [&] {
            authenticator->authenticate(FakeRequest{{{"Authorization", "Bearer x"}}});
        },
        FailsWith(Errc::unauthorized));
    EXPECT_EQ(authenticator->challenge(FakeRequest{}, {}, "invalid_token"),
              "Basic realm=\"Registry \\\"Realm\\\"\"");
}

TEST_F(HtpasswdAuthenticatorTest, ForgetsWhoHasAnotherPasswordNow)
{
    write(file_, entry("ada", "one"));
    const auto authenticator = make();
    authenticator->authenticate(as("ada", "one"));

    write(file_, entry("ada", "two"));

    EXPECT_EQ(authenticator->recognize(as("ada", "one")), nullptr);
    EXPECT_THAT([&] { authenticator->authenticate(as("ada", "one")); },
                FailsWith(Errc::unauthorized));
}

TEST_F(HtpasswdAuthenticatorTest, GivesEverybodyWhatTheRulesSay)
{
    write(file_, entry("ada", "x"));
    const auto authenticator =
        make({.rules = {{.repositories = {"public/*"}, .anonymous = true, .actions = {"pull"}},
                        {.repositories = {"ada/*"}, .users = {"ada"}, .actions = {"*"}}},
              .restricted = true});

    const CallerPtr anonymous = authenticator->recognize(FakeRequest{});
    ASSERT_NE(anonymous, nullptr);
    EXPECT_EQ(anonymous->name(), "");
    EXPECT_TRUE(anonymous->may({kRepository, "public/a", Action::pull}));
    EXPECT_FALSE(anonymous->may({kRepository, "ada/a", Action::pull}));
    EXPECT_FALSE(anonymous->may({}));
    const CallerPtr ada = authenticator->authenticate(as("ada", "x"));
    EXPECT_TRUE(ada->may({kRepository, "ada/a", Action::push}));
    EXPECT_FALSE(ada->may({kRepository, "eve/a", Action::pull}));
    EXPECT_TRUE(ada->may_see("public/a"));
    EXPECT_FALSE(ada->may_see("eve/a"));
}

TEST(SillyAuthentication, BelievesAnything)
{
    Config config;
    config.auth = {.kind = AuthConfig::Kind::silly, .realm = "r", .service = "s"};
    const auto authenticator = make_authentication(config, "/", {}).authenticator;

    EXPECT_TRUE(authenticator->recognize(FakeRequest{{{"Authorization", "x"}}})->may({}));
    EXPECT_FALSE(authenticator->recognize(FakeRequest{})->may({}));
    EXPECT_EQ(authenticator->challenge(FakeRequest{},
                                       {{Need::Kind::repository, "a/b", Action::pull},
                                        {Need::Kind::repository, "a/b", Action::push}},
                                       ""),
              R"(Bearer realm="r",service="s",scope="repository:a/b:pull,push")");
}

} // namespace
} // namespace strata::registry
