// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/notify/notifications.hpp"
#include "testing/temp_dir.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using strata::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Event push(std::string tag)
{
    Event event;
    event.action = Event::Action::push;
    event.when = parse_rfc3339("2026-05-01T12:00:00Z");
    event.repository = "team/app";
    event.media_type = "application/vnd.oci.image.manifest.v1+json";
    event.digest = oci::Digest::of("x");
    event.size = 708;
    event.tag = std::move(tag);
    event.url = "http://h/v2/team/app/manifests/x";
    event.references = {{"a/b", "sha256:0", 1}};
    event.remote = "192.0.2.1:4";
    event.host = "h";
    event.method = "PUT";
    event.user_agent = "docker";
    event.actor = "ada";
    return event;
}

Event pull(std::string tag)
{
    Event event = push(std::move(tag));
    event.action = Event::Action::pull;
    return event;
}

TEST(PrintEvent, IsDistributionsJson)
{
    EXPECT_EQ(
        print_event(push("latest"), "1-2", {"h:5000", "i"}, false),
        R"({"id":"1-2","timestamp":"2026-05-01T12:00:00Z","action":"push","target":)"
        R"({"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
        R"("digest":"sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",)"
        R"("size":708,"length":708,"repository":"team/app",)"
        R"("url":"http://h/v2/team/app/manifests/x","tag":"latest"},)"
        R"("request":{"addr":"192.0.2.1:4","host":"h","method":"PUT","useragent":"docker"},)"
        R"("actor":{"name":"ada"},"source":{"addr":"h:5000","instanceID":"i"}})");
    EXPECT_THAT(print_event(push("latest"), "1", {}, true),
                HasSubstr(R"("references":[{"mediaType":"a/b","digest":"sha256:0","size":1}])"));
    Event removed = push("");
    removed.action = Event::Action::remove;
    removed.url.clear();
    EXPECT_THAT(print_event(removed, "1", {}, true),
                AllOf(HasSubstr(R"("action":"delete","target":{"digest":"sha256:)"),
                      Not(HasSubstr("size")), Not(HasSubstr("mediaType"))));
}

TEST(PrintEvent, InWords)
{
    Event event = push("latest");
    EXPECT_EQ(event_in_words(print_event(event, "1", {}, false)), "push team/app:latest");
    event.action = Event::Action::remove;
    event.tag.clear();
    EXPECT_EQ(event_in_words(print_event(event, "1", {}, false)),
              "delete team/app@" + event.digest->str());
}

/// An endpoint that notes what it is sent and answers as told.
class Listener {
public:
    PostEvents poster()
    {
        return [this](const EndpointConfig& endpoint, const std::string& body) {
            const std::scoped_lock lock{mutex_};
            const boost::json::value document = boost::json::parse(body);
            const auto& event = document.at("events").as_array().at(0).as_object();
            const std::string_view tag = event.at("target").at("tag").as_string();
            posted_.push_back(endpoint.name + ":" + std::string{tag});
            changed_.notify_all();
            if (fail_next_ > 0) {
                --fail_next_;
                if (fail_without_answer_) {
                    throw Error{Errc::unavailable, "connection refused"};
                }
                return 500;
            }
            return 200;
        };
    }

    void fail(int times, bool without_answer)
    {
        const std::scoped_lock lock{mutex_};
        fail_next_ = times;
        fail_without_answer_ = without_answer;
    }
    std::vector<std::string> wait_for(std::size_t count)
    {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, 60s, [&] { return posted_.size() >= count; });
        return posted_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> posted_;
    int fail_next_ = 0;
    bool fail_without_answer_ = false;
};

class NotificationsTest : public ::testing::Test {
protected:
    NotificationsConfig config(std::vector<std::string> names = {"one"})
    {
        NotificationsConfig result;
        for (std::string& name : names) {
            result.endpoints.push_back(
                {.name = std::move(name), .url = "http://x", .threshold = 3, .backoff = 1ms});
        }
        return result;
    }

    /// Until the outbox is empty.
    void wait_until_delivered(const std::string& endpoint)
    {
        for (int i = 0; i < 60'000 && metadata_->pending_events(endpoint) > 0; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(metadata_->pending_events(endpoint), 0U);
    }

    TempDir folder_;
    std::unique_ptr<Metadata> metadata_ = open_sqlite_metadata(folder_.path().string());
    Listener listener_;
};

TEST_F(NotificationsTest, AreDeliveredInOrderToEveryEndpoint)
{
    Notifications notifications{config({"one", "two"}), *metadata_, {}, listener_.poster()};

    notifications.record(push("a"));
    notifications.record_soon(pull("b"));
    notifications.record(push("c"));

    std::vector<std::string> posted = listener_.wait_for(6);
    std::ranges::stable_sort(posted, {}, [](const std::string& text) { return text.substr(0, 3); });
    EXPECT_THAT(posted, ElementsAre("one:a", "one:b", "one:c", "two:a", "two:b", "two:c"));
}

TEST_F(NotificationsTest, PullsAreWrittenSoonWithoutAPush)
{
    Notifications notifications{config(), *metadata_, {}, listener_.poster()};

    notifications.record_soon(pull("a"));
    notifications.record_soon(pull("b"));

    EXPECT_THAT(listener_.wait_for(2), ElementsAre("one:a", "one:b"));
}

TEST_F(NotificationsTest, AreRetriedUntilTheyAreTakenAndLogged)
{
    listener_.fail(4, false); // more than the threshold
    {
        Notifications notifications{config(), *metadata_, {}, listener_.poster()};
        notifications.record(push("a"));
        notifications.record(push("b"));
        EXPECT_THAT(listener_.wait_for(6),
                    ElementsAre("one:a", "one:a", "one:a", "one:a", "one:a", "one:b"));
        wait_until_delivered("one");
        const auto status = notifications.status().at(0);
        EXPECT_EQ(status.events, 2U);
        EXPECT_EQ(status.successes, 2U);
        EXPECT_EQ(status.failures, 4U);
        EXPECT_EQ(status.statuses.at(500), 4U);
    }
    const std::vector<Delivery> log = metadata_->list_deliveries("one", 10);
    ASSERT_THAT(log, SizeIs(2));
    EXPECT_EQ(log[0].status, 200);
}

TEST_F(NotificationsTest, SurviveARestartAndCanBeReplayed)
{
    metadata_->add_events({{"one", print_event(push("a"), "1", {}, false)}}); // a process that died
    {
        Notifications notifications{config(), *metadata_, {}, listener_.poster()};
        listener_.wait_for(1);
        wait_until_delivered("one");
    }
    ASSERT_TRUE(metadata_->replay(metadata_->list_deliveries("one", 1).at(0).id));

    Notifications notifications{config(), *metadata_, {}, listener_.poster()};

    EXPECT_THAT(listener_.wait_for(2), ElementsAre("one:a", "one:a"));
}

TEST_F(NotificationsTest, WhatWasRecordedIsWrittenWhenTheyStop)
{
    listener_.fail(1'000'000, true);
    {
        Notifications notifications{config(), *metadata_, {}, listener_.poster()};
        notifications.record_soon(pull("a"));
    }
    EXPECT_EQ(metadata_->pending_events("one"), 1U);
}

TEST_F(NotificationsTest, LeaveOutWhatAnEndpointIgnores)
{
    NotificationsConfig both = config({"one", "two"});
    both.endpoints[0].ignored_actions = {"pull"};
    both.endpoints[1].ignored_media_types = {"application/vnd.oci.image.manifest.v1+json"};
    both.endpoints.push_back({.name = "off", .disabled = true, .url = "http://x"});
    Notifications notifications{both, *metadata_, {}, listener_.poster()};
    EXPECT_TRUE(notifications.wants(Event::Action::pull)); // by "two"

    notifications.record(pull("a"));
    notifications.record(push("b"));

    EXPECT_THAT(listener_.wait_for(1), ElementsAre("one:b"));
    EXPECT_EQ(metadata_->pending_events("two"), 0U);
    EXPECT_EQ(metadata_->pending_events("off"), 0U);
}

TEST_F(NotificationsTest, WithoutEndpointsNobodyWantsAnything)
{
    Notifications notifications{{}, *metadata_, {}, listener_.poster()};

    notifications.record(push("a"));

    EXPECT_FALSE(notifications.wants(Event::Action::push));
    EXPECT_THAT(notifications.status(), IsEmpty());
}

} // namespace
} // namespace strata::registry
