// SPDX-License-Identifier: Apache-2.0
#include "registry/config/config.hpp"
#include "sys/file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;
using strata::testing::FailsWith;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kMinimal = "version: 0.1\nstorage:\n  filesystem:\n";

Config parse(const std::string& text, const Variables& variables = {})
{
    return parse_config(text, "config.yml", variables);
}

/// A minimal file and more.
Config with(const std::string& more, const Variables& variables = {})
{
    return parse(kMinimal + more, variables);
}

TEST(Config, OfAFileWithNothingIsWhatDistributionDoes)
{
    const Config config = parse(kMinimal);

    EXPECT_EQ(config.storage.root, "/var/lib/registry");
    EXPECT_FALSE(config.storage.allow_delete);
    EXPECT_TRUE(config.storage.upload_purging.enabled);
    EXPECT_EQ(config.storage.upload_purging.age, 168h);
    EXPECT_EQ(config.auth.kind, AuthConfig::Kind::none);
    EXPECT_EQ(config.catalog_max_entries, 1000U);
    EXPECT_FALSE(config.health.storage);
    EXPECT_THAT(config.upstreams, IsEmpty());
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, ReadsEverySection)
{
    const Config config = parse(R"(version: 0.1
log: {accesslog: {disabled: true}, level: debug, formatter: json, fields: {service: registry}}
storage:
  filesystem: {rootdirectory: /srv/registry, maxthreads: 10}
  delete: {enabled: true}
  redirect: {disable: true}
  maintenance:
    uploadpurging: {enabled: true, age: 2h10m, interval: 1h, dryrun: true}
    readonly: {enabled: true}
auth:
  token:
    realm: https://auth.example.com/token
    service: registry
    issuer: example
    rootcertbundle: /certs/bundle
    signingalgorithms: [ES256, EdDSA]
http:
  addr: localhost:5000
  prefix: /my/registry/
  host: https://registry.example.com:5000
  secret: s
  relativeurls: true
  draintimeout: 90s
  tls:
    certificate: /c
    key: /k
    clientcas: [/ca.pem]
    clientauth: verify-client-cert-if-given
    minimumtls: tls1.3
    ciphersuites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_RC4_128_SHA]
  debug: {addr: "localhost:5001", prometheus: {enabled: true, path: /m}}
  headers: {X-Content-Type-Options: [nosniff]}
notifications:
  events: {includereferences: true}
  endpoints:
    - name: one
      url: http://localhost:8083/callback
      headers: {Authorization: [Bearer x]}
      timeout: 500ms
      threshold: 5
      backoff: 1000000
      ignoredmediatypes: [a/b]
      ignore: {mediatypes: [c/d], actions: [pull]}
health:
  storagedriver: {enabled: true, interval: 5s, threshold: 3}
  file: [{file: /tmp/down}]
  http: [{uri: "http://x/", statuscode: 204, headers: {A: [b]}}]
  tcp: [{addr: "x:6379", timeout: 3s}]
proxy: {remoteurl: "https://registry-1.docker.io/", username: u, password: p, ttl: 24h}
validation:
  manifests:
    urls: {allow: ['^https?://'], deny: []}
    indexes: {platforms: List, platformlist: [{os: linux, architecture: amd64}]}
catalog: {maxentries: 7}
tags: {maxtags: 8}
)");

    EXPECT_FALSE(config.log.access);
    EXPECT_EQ(config.log.level, LogConfig::Level::debug);
    EXPECT_EQ(config.log.fields.at("service"), "registry");
    EXPECT_EQ(config.storage.root, "/srv/registry");
    EXPECT_EQ(config.storage.max_threads, 25U);
    EXPECT_TRUE(config.storage.allow_delete);
    EXPECT_TRUE(config.storage.read_only);
    EXPECT_EQ(config.storage.upload_purging.age, 130min);
    EXPECT_EQ(config.auth.kind, AuthConfig::Kind::token);
    EXPECT_THAT(config.auth.signing_algorithms, ElementsAre("ES256", "EdDSA"));
    EXPECT_EQ(config.http.prefix, "/my/registry/");
    EXPECT_EQ(config.http.relative_urls, true);
    EXPECT_EQ(config.http.drain_timeout, 90s);
    ASSERT_TRUE(config.http.tls);
    EXPECT_EQ(config.http.tls->client_auth, http::TlsOptions::ClientAuth::verify_if_given);
    EXPECT_THAT(config.http.tls->cipher_suites, ElementsAre("ECDHE-RSA-AES128-GCM-SHA256"));
    EXPECT_EQ(config.http.debug.prometheus_path, "/m");
    ASSERT_EQ(config.http.headers.size(), 1U);
    EXPECT_EQ(config.http.headers[0].value, "nosniff");
    ASSERT_EQ(config.notifications.endpoints.size(), 1U);
    const EndpointConfig& endpoint = config.notifications.endpoints[0];
    EXPECT_EQ(endpoint.backoff, 1ms); // a number is nanoseconds
    EXPECT_THAT(endpoint.ignored_media_types, ElementsAre("a/b", "c/d"));
    EXPECT_THAT(endpoint.ignored_actions, ElementsAre("pull"));
    ASSERT_TRUE(config.health.storage);
    EXPECT_EQ(config.health.storage->threshold, 3U);
    EXPECT_EQ(config.health.urls.at(0).status, 204);
    EXPECT_EQ(config.health.addresses.at(0).timeout, 3s);
    ASSERT_EQ(config.upstreams.size(), 1U);
    EXPECT_EQ(config.upstreams[0].url, "https://registry-1.docker.io");
    EXPECT_EQ(config.upstreams[0].ttl, 24h);
    EXPECT_EQ(config.validation.platforms, ValidationConfig::Platforms::list);
    EXPECT_EQ(config.catalog_max_entries, 7U);
    EXPECT_EQ(config.tags_max, 8U);
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("http.secret"), HasSubstr("RC4")));
}

TEST(Config, ReadsOurOwnSection)
{
    const Config config = with(R"(
auth: {htpasswd: {realm: r, path: /p}}
strata:
  access:
    groups: {builders: [ada, bob]}
    rules:
      - {repositories: ["team/**"], groups: [builders], actions: [pull, push]}
      - {repositories: ["public/*"], anonymous: true, actions: [pull]}
  issuer: {lifetime: 10m, service: s}
  quota: {default: 10GiB, repositories: [{pattern: "big/**", size: 1TiB}]}
  gc: {grace: 1h, interval: 1m, deleteuntagged: true}
  limits: {connections: 50, body: 1GiB, requestspersecond: 2.5, burst: 10}
  proxies:
    - {prefix: hub, remoteurl: "https://registry-1.docker.io", ns: docker.io, size: 5GiB, ttl: 1h}
    - {remoteurl: "http://localhost:1", local: ["mine/**"], revalidate: 30s}
  search: {enabled: false}
)");

    EXPECT_TRUE(config.access.restricted);
    ASSERT_EQ(config.access.rules.size(), 2U);
    EXPECT_TRUE(config.access.rules[1].anonymous);
    EXPECT_THAT(config.access.groups.at("builders"), ElementsAre("ada", "bob"));
    EXPECT_TRUE(config.issuer.enabled);
    EXPECT_EQ(config.issuer.lifetime, 10min);
    EXPECT_EQ(config.quota.bytes, std::uint64_t{10} << 30);
    EXPECT_EQ(config.quota.repositories.at(0).second, std::uint64_t{1} << 40);
    EXPECT_EQ(config.collection.grace, 1h);
    EXPECT_TRUE(config.collection.delete_untagged);
    EXPECT_EQ(config.limits.requests_per_second, 2.5);
    ASSERT_EQ(config.upstreams.size(), 2U);
    EXPECT_EQ(config.upstreams[0].prefix, "hub");
    EXPECT_EQ(config.upstreams[0].max_bytes, std::uint64_t{5} << 30);
    EXPECT_THAT(config.upstreams[1].local, ElementsAre("mine/**"));
    EXPECT_FALSE(config.search);
    EXPECT_THAT(config.warnings, IsEmpty());
    EXPECT_EQ(server_options(config).connections, 50U);
}

TEST(Config, APasswordInTheUrlOfAnUpstreamIsTakenOutOfIt)
{
    const Config config =
        parse(std::string{kMinimal} + "proxy: {remoteurl: \"https://u:p%40w@hub.example/a\"}");
    EXPECT_EQ(config.upstreams.at(0).url, "https://hub.example/a");
    EXPECT_EQ(config.upstreams.at(0).username, "u");
    EXPECT_EQ(config.upstreams.at(0).password, "p@w");
}

TEST(Config, WarnsOfWhatHasNoEffect)
{
    const Config config = with(R"(  cache: {blobdescriptor: inmemory}
redis: {addrs: [x]}
loglevel: warn
http: {http2: {disabled: false}, adr: ":1"}
middleware: {storage: [{name: cloudfront}]}
unheard: of
)");

    EXPECT_EQ(config.log.level, LogConfig::Level::warn);
    EXPECT_THAT(config.warnings, Contains("config.yml:4: storage.cache: has no effect: descriptors "
                                          "come from the database"));
    EXPECT_THAT(config.warnings, Contains(HasSubstr("config.yml:5: redis: has no effect")));
    EXPECT_THAT(config.warnings, Contains(HasSubstr("loglevel: is deprecated")));
    EXPECT_THAT(config.warnings, Contains(HasSubstr("http.http2.disabled: HTTP/2 is not spoken")));
    EXPECT_THAT(config.warnings,
                Contains("config.yml:7: http.adr: there is no such option; ignored"));
    EXPECT_THAT(config.warnings, Contains(HasSubstr("config.yml:8: middleware: has no effect")));
    EXPECT_THAT(config.warnings,
                Contains("config.yml:9: unheard: there is no such option; ignored"));
}

TEST(Config, RefusesWhatCannotWork)
{
    const auto refused = [](const std::string& text) { return [text] { parse(text); }; };

    EXPECT_THAT(refused("storage: {filesystem: {}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("version: is missing")));
    EXPECT_THAT(refused("version: 0.2\nstorage: {filesystem: {}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("config.yml:1: version: '0.2'")));
    EXPECT_THAT(refused("version: 0.1\n"),
                FailsWith(Errc::invalid_argument, HasSubstr("storage: is missing")));
    EXPECT_THAT(
        refused("version: 0.1\nstorage:\n  s3: {bucket: b}\n"),
        FailsWith(Errc::unsupported, HasSubstr("config.yml:3: storage.s3 is not supported: ")));
    EXPECT_THAT(refused("version: 0.1\nstorage: {s3: {}, filesystem: {}}"),
                FailsWith(Errc::unsupported));
    const std::string minimal = kMinimal;
    EXPECT_THAT(refused(minimal + "http:\n  draintimeout: soon\n"),
                FailsWith(Errc::invalid_argument,
                          HasSubstr("config.yml:5: http.draintimeout: expected a duration")));
    EXPECT_THAT(refused(minimal + "http: [1]"), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refused(minimal + "http: {prefix: a}"), FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refused(minimal + "http: {headers: {\"A b\": [c]}}"),
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT(refused(minimal + "http: {tls: {letsencrypt: {cachefile: x}}}"),
                FailsWith(Errc::unsupported, HasSubstr("Caddy")));
    EXPECT_THAT(refused(minimal + "auth: {silly: {realm: r}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("auth.silly.service: is missing")));
    EXPECT_THAT(refused(minimal + "auth: {silly: {}, htpasswd: {}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("only one")));
    EXPECT_THAT(refused(minimal + "strata: {access: {rules: []}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("auth.htpasswd")));
    EXPECT_THAT(refused(minimal + "strata: {issuer: {}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("auth.htpasswd")));
    EXPECT_THAT(
        refused(minimal + "strata: {access: {rules: [{repositories: [A], actions: [pull]}]}}"),
        FailsWith(Errc::invalid_argument, HasSubstr("rules[0].repositories")));
    EXPECT_THAT(refused("version: [0.1\n"),
                FailsWith(Errc::invalid_argument, HasSubstr("config.yml:")));
    EXPECT_THAT(refused(minimal + "validation: {manifests: {urls: {allow: ['(']}}}"),
                FailsWith(Errc::invalid_argument, HasSubstr("not a regular expression")));
}

TEST(Config, TakesVariablesOverTheFile)
{
    const Config config = with("http: {addr: \":1\", headers: {X-A: [b]}}\n",
                               {{"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/somewhere"},
                                {"REGISTRY_STORAGE_DELETE_ENABLED", "true"},
                                {"REGISTRY_HTTP_ADDR", "0.0.0.0:5000"},
                                {"REGISTRY_HTTP_HEADERS_X-A", "[c]"},
                                {"REGISTRY_LOG_FIELDS_Host", "h"},
                                {"REGISTRY_AUTH", "htpasswd"},
                                {"REGISTRY_AUTH_HTPASSWD_REALM", "Registry Realm"},
                                {"REGISTRY_AUTH_HTPASSWD_PATH", "/auth/htpasswd"},
                                {"REGISTRY_HTTP_TLS_CLIENTCAS_0", "/ca"},
                                {"REGISTRY_HTTP_TLS_CERTIFICATE", "/c"},
                                {"REGISTRY_HTTP_TLS_KEY", "/k"},
                                {"REGISTRY_CONFIGURATION_PATH", "/x"},
                                {"HOME", "/root"}});

    EXPECT_EQ(config.storage.root, "/somewhere");
    EXPECT_TRUE(config.storage.allow_delete);
    EXPECT_EQ(config.http.address, "0.0.0.0:5000");
    EXPECT_EQ(config.http.headers.at(0).value, "c");
    EXPECT_EQ(config.log.fields.at("host"), "h");
    EXPECT_EQ(config.auth.kind, AuthConfig::Kind::htpasswd);
    EXPECT_EQ(config.auth.realm, "Registry Realm");
    EXPECT_THAT(config.http.tls->client_cas, ElementsAre("/ca"));
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(Config, AddressesElementsOfListsByIndex)
{
    const std::string two = "http: {tls: {certificate: /c, key: /k, clientcas: [/a, /b]}}\n";

    EXPECT_THAT(with(two, {{"REGISTRY_HTTP_TLS_CLIENTCAS_1", "/x"}}).http.tls->client_cas,
                ElementsAre("/a", "/x"));
    EXPECT_THAT(with(two, {{"REGISTRY_HTTP_TLS_CLIENTCAS_2", "/x"}}).http.tls->client_cas,
                ElementsAre("/a", "/b", "/x"));
    EXPECT_THAT(
        [&] {
            with(two, {{"REGISTRY_HTTP_TLS_CLIENTCAS_3", "/x"}});
        },
        FailsWith(Errc::invalid_argument, HasSubstr("REGISTRY_HTTP_TLS_CLIENTCAS_3")));
    EXPECT_EQ(with("", {{"REGISTRY_NOTIFICATIONS_ENDPOINTS_0_NAME", "n"},
                        {"REGISTRY_NOTIFICATIONS_ENDPOINTS_0_URL", "http://x"}})
                  .notifications.endpoints.at(0)
                  .name,
              "n");
}

TEST(Config, NamesTheVariableThatIsWrong)
{
    EXPECT_THAT(
        [] {
            with("", {{"REGISTRY_STORAGE_DELETE_ENABLED", "perhaps"}});
        },
        FailsWith(Errc::invalid_argument,
                  HasSubstr("REGISTRY_STORAGE_DELETE_ENABLED: storage.delete.enabled: ")));
    EXPECT_THAT(with("", {{"REGISTRY_PORT", "tcp://10.0.0.1:5000"}}).warnings,
                ElementsAre(HasSubstr("REGISTRY_PORT: there is no section 'port'")));
    EXPECT_THAT(with("", {{"REGISTRY_HTTP_ADR", ":1"}}).warnings,
                ElementsAre("REGISTRY_HTTP_ADR: http.adr: there is no such option; ignored"));
    EXPECT_THAT(
        [] {
            with("", {{"REGISTRY_HTTP_ADDR", "[1"}});
        },
        FailsWith(Errc::invalid_argument, HasSubstr("REGISTRY_HTTP_ADDR")));
    EXPECT_THAT(
        [] {
            with("", {{"REGISTRY_HTTP__ADDR", "x"}});
        },
        FailsWith(Errc::invalid_argument));
}

TEST(Config, ResolvesAliasesWithinReason)
{
    EXPECT_EQ(parse("version: 0.1\nx: &x {filesystem: {rootdirectory: /a}}\nstorage: {<<: *x}\n")
                  .storage.root,
              "/a");
    std::string bomb = "version: 0.1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        bomb += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}, *a{1}, *a{1}, *a{1}]\n", i, i - 1);
    }
    EXPECT_THAT([&] { parse(bomb); }, FailsWith(Errc::exhausted));
}

TEST(Config, TakesTheExamplesThatDistributionShips)
{
    const char* const shared = std::getenv("STRATA_SHARED");
    if (shared == nullptr) {
        return; // they are not part of this tree; ReadsEverySection has all of their keys
    }
    const sys::Path folder = sys::Path{shared} / "data/registry/distribution";
    for (const char* const name : {"config-cache.yml", "config-dev.yml", "config-example.yml"}) {
        const Config config = parse_config(sys::read_small_file(folder / name), name);
        EXPECT_EQ(config.http.address, ":5000") << name;
        EXPECT_THAT(config.warnings, Not(Contains(HasSubstr("no such option")))) << name;
    }
}

TEST(Config, IsReadFromTheFileThatIsNamed)
{
    const strata::testing::TempDir folder;
    const std::string file = (folder / "c.yml").string();
    sys::write_all(sys::open_file(file, 0101, 0644),
                   kMinimal + std::string{"catalog: {maxentries: 5}\n"});

    EXPECT_EQ(load_config(file).catalog_max_entries, 5U);
    EXPECT_THAT([&] { load_config(file + "x"); }, FailsWith(Errc::not_found));
}

} // namespace
} // namespace strata::registry
