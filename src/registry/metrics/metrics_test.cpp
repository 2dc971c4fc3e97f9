// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/metrics/access_log.hpp"
#include "registry/metrics/debug_handler.hpp"
#include "registry/metrics/health.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/testing/fake_request.hpp"
#include "sys/file.hpp"
#include "testing/temp_dir.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

#include <thread>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using registry::testing::FakeRequest;
using strata::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST(HandlerOf, LooksAtTheEndOfThePath)
{
    EXPECT_EQ(handler_of("/v2/"), HandlerName::base);
    EXPECT_EQ(handler_of("/v2/a/b/manifests/latest"), HandlerName::manifest);
    EXPECT_EQ(handler_of("/v2/a/manifests/blobs/sha256:0"), HandlerName::blob);
    EXPECT_EQ(handler_of("/v2/a/blobs/uploads/"), HandlerName::blob_upload);
    EXPECT_EQ(handler_of("/v2/a/blobs/uploads/0-1-2"), HandlerName::blob_upload_chunk);
    EXPECT_EQ(handler_of("/v2/a/tags/list"), HandlerName::tags);
    EXPECT_EQ(handler_of("/v2/_catalog"), HandlerName::catalog);
    EXPECT_EQ(handler_of("/v2/a/referrers/sha256:0"), HandlerName::referrers);
    EXPECT_EQ(handler_of("/"), HandlerName::other);
    EXPECT_EQ(handler_of(""), HandlerName::other);
}

TEST(Metrics, AreWhatDistributionCallsThem)
{
    Metrics metrics;
    metrics.request_ended(HandlerName::blob, http::Method::get,
                          {.status = 200, .body_sent = 1025, .took = 7ms});
    metrics.request_ended(HandlerName::blob, http::Method::get,
                          {.status = 200, .body_sent = 1, .took = 2min});
    metrics.request_ended(HandlerName::base, http::Method::remove, {.status = 599});
    metrics.storage_action(StorageAction::stat, 1ms);
    metrics.cache(CacheEvent::hit);
    metrics.proxy(ProxyKind::blob, ProxyEvent::pulled_bytes, 17);

    const std::string text = metrics.text(nullptr, {.connections = 3, .requests = 2, .queued = 1});

    for (const char* const line : {
             "# TYPE registry_http_requests_total counter\n",
             "registry_http_requests_total{code=\"200\",handler=\"blob\",method=\"get\"} 2\n",
             "registry_http_requests_total{code=\"0\",handler=\"base\",method=\"delete\"} 1\n",
             "registry_http_request_duration_seconds_bucket{handler=\"blob\",method=\"get\","
             "le=\"0.005\"} 0\n",
             "registry_http_request_duration_seconds_bucket{handler=\"blob\",method=\"get\","
             "le=\"0.01\"} 1\n",
             "registry_http_request_duration_seconds_bucket{handler=\"blob\",method=\"get\","
             "le=\"60\"} 1\n",
             "registry_http_request_duration_seconds_bucket{handler=\"blob\",method=\"get\","
             "le=\"+Inf\"} 2\n",
             "registry_http_request_duration_seconds_count{handler=\"blob\",method=\"get\"} 2\n",
             "registry_http_response_size_bytes_bucket{handler=\"blob\",le=\"1024\"} 1\n",
             "registry_http_response_size_bytes_bucket{handler=\"blob\",le=\"2048\"} 2\n",
             "registry_http_response_size_bytes_sum{handler=\"blob\"} 1026\n",
             "registry_http_in_flight_requests 2\n",
             "registry_storage_action_seconds_count{action=\"Stat\",driver=\"filesystem\"} 1\n",
             "registry_storage_cache_hits_total 1\n",
             "registry_proxy_pulled_bytes_total{type=\"blob\"} 17\n",
             "process_resident_memory_bytes ",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    EXPECT_THAT(text, Not(HasSubstr("handler=\"manifest\",method")));
}

TEST(Metrics, CountWhatManyThreadsDo)
{
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 1000; ++k) {
                metrics.proxy(ProxyKind::manifest, ProxyEvent::hit);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }

    EXPECT_EQ(metrics.proxied(ProxyKind::manifest, ProxyEvent::hit), 20'000U);
}

class AccessLogTest : public ::testing::Test {
protected:
    std::string logged(LogConfig::Format format, const FakeRequest& request, std::string_view user,
                       std::map<std::string, std::string> fields = {})
    {
        const sys::Path file = folder_ / "log";
        {
            AccessLog log{sys::open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0600), format,
                          std::move(fields)};
            log.request_ended(request, {.status = 200, .body_sent = 12, .took = 1500us}, user);
        }
        return sys::read_small_file(file);
    }

    TempDir folder_;
};

TEST_F(AccessLogTest, IsInCombinedFormat)
{
    const std::string line = logged(
        LogConfig::Format::text,
        FakeRequest{
            http::Method::get, "/v2/a/manifests/x", "ns=b", {{"User-Agent", "curl\"\n\x80"}}},
        "ada");

    EXPECT_THAT(line, MatchesRegex("192\\.0\\.2\\.1 - ada \\[.*\\] \"GET "
                                   "/v2/a/manifests/x\\?ns=b HTTP/1\\.1\" 200 12 \"-\" "
                                   "\"curl\\\\\"\\\\x0a\\\\x80\"\n"));
}

TEST_F(AccessLogTest, IsJsonIfThatIsWanted)
{
    const std::string line =
        logged(LogConfig::Format::json,
               FakeRequest{http::Method::get, "/v2/", "", {{"User-Agent", "a\"b"}}}, "ada",
               {{"service", "registry"}});

    const boost::json::object object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.at("http.request.method"), "GET");
    EXPECT_EQ(object.at("http.request.useragent"), "a\"b");
    EXPECT_EQ(object.at("http.response.status"), 200);
    EXPECT_EQ(object.at("auth.user.name"), "ada");
    EXPECT_EQ(object.at("service"), "registry");
}

class HealthTest : public ::testing::Test {
protected:
    HealthTest()
    {
        config_.storage = HealthConfig::Check{.target = "storagedriver", .interval = 1h};
        config_.files = {{.target = "/f", .interval = 1h, .threshold = 2}};
    }

    HealthProbes probes()
    {
        return {.storage =
                    [this] {
                        if (storage_fails_) {
                            throw Error{Errc::unavailable, "no disk"};
                        }
                    },
                .file =
                    [this](const auto& check) {
                        if (file_exists_) {
                            throw Error{Errc::conflict, check.target + " exists"};
                        }
                    },
                .url = {},
                .address = {}};
    }

    HealthConfig config_;
    std::atomic<bool> storage_fails_{false};
    std::atomic<bool> file_exists_{false};
};

TEST_F(HealthTest, IsBadOnceACheckFailedAsOftenAsItsThreshold)
{
    Health health{config_, probes()};
    health.check_all();
    EXPECT_TRUE(health.good());

    storage_fails_ = true;
    file_exists_ = true;
    health.check_all();
    EXPECT_FALSE(health.good());
    EXPECT_THAT(health.failures(), UnorderedElementsAre(Key("storagedriver_filesystem")));
    health.check_all();
    EXPECT_THAT(health.failures(),
                UnorderedElementsAre(Key("storagedriver_filesystem"), Key("/f")));

    storage_fails_ = false;
    file_exists_ = false;
    health.check_all();
    EXPECT_TRUE(health.good());
}

class DebugHandlerTest : public HealthTest {
protected:
    DebugHandlerTest() : health_{{}, probes()} {}

    http::Response ask(http::Method method, const std::string& path)
    {
        DebugHandler handler{{.config = debug_,
                              .metrics = metrics_,
                              .health = health_,
                              .notifications = nullptr,
                              .load = [] { return http::Server::Load{}; }}};
        io::MemorySource body{std::string_view{}};
        return handler.handle(FakeRequest{method, path, ""}, body);
    }

    HttpConfig::Debug debug_{.address = "x", .prometheus = true};
    Metrics metrics_;
    Health health_;
};

TEST_F(DebugHandlerTest, AnswersWhatDistributionsDoes)
{
    EXPECT_EQ(ask(http::Method::get, "/metrics").status, 200);
    EXPECT_EQ(ask(http::Method::get, "/debug/vars").status, 200);
    EXPECT_EQ(ask(http::Method::get, "/elsewhere").status, 404);
    EXPECT_EQ(std::get<std::string>(ask(http::Method::get, "/debug/health").body), "{}");
    EXPECT_EQ(ask(http::Method::get, "/debug/health/down").status, 405);
    EXPECT_EQ(ask(http::Method::post, "/debug/health/down").status, 200);
    EXPECT_EQ(ask(http::Method::get, "/debug/health").status, 503);
    EXPECT_FALSE(health_.good());
    EXPECT_EQ(ask(http::Method::post, "/debug/health/up").status, 200);
    EXPECT_EQ(ask(http::Method::get, "/debug/health").status, 200);
}

} // namespace
} // namespace strata::registry
