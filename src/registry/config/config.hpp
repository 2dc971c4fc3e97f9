// SPDX-License-Identifier: Apache-2.0
//
// The configuration of a registry: Distribution's config.yml (version 0.1, as its releases 2 and 3
// read it), REGISTRY_… variables on top of it, and a section `strata` for what Distribution has
// not. docs/user/registry-config.md describes every key.
#pragma once

#include "http/server.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry {

using Headers = std::vector<http::Field>;
using Interval = std::chrono::nanoseconds;

struct LogConfig {
    enum class Level : std::uint8_t { error, warn, info, debug };
    enum class Format : std::uint8_t { text, json, logstash };
    bool access = true; // accesslog.disabled: false
    Level level = Level::info;
    Format format = Format::text;
    std::map<std::string, std::string> fields{}; // added to every line
};

struct StorageConfig {
    std::string root = "/var/lib/registry";
    std::optional<unsigned> max_threads{}; // filesystem.maxthreads, 25 at least
    bool allow_delete = false;             // delete.enabled
    bool read_only = false;                // maintenance.readonly.enabled
    struct UploadPurging {
        bool enabled = true;
        Interval age = std::chrono::hours{168};
        Interval interval = std::chrono::hours{24};
        bool dry_run = false;
    } upload_purging{};
};

struct AuthConfig {
    enum class Kind : std::uint8_t { none, silly, htpasswd, token };
    Kind kind = Kind::none;
    std::string realm{};
    std::string service{};                         // silly, token
    std::string path{};                            // htpasswd
    std::string issuer{};                          // token, and everything below
    std::string root_cert_bundle{};                // file, PEM
    std::string jwks{};                            // file
    std::vector<std::string> signing_algorithms{}; // empty: every one that we know
    bool auto_redirect = false;
    std::string auto_redirect_path = "/auth/token";
};

struct HttpConfig {
    std::string address = ":5000";
    bool unix_socket = false;
    std::string prefix = "/"; // begins and ends with a slash
    std::string host{};       // "https://registry.example.com:5000", or empty
    std::optional<bool> relative_urls{};
    Interval drain_timeout{std::chrono::seconds{60}};
    std::optional<http::TlsOptions> tls{};
    Headers headers{}; // added to every answer
    struct Debug {
        std::string address{}; // empty: no debug server
        bool prometheus = false;
        std::string prometheus_path = "/metrics";
    } debug{};
};

struct EndpointConfig {
    std::string name;
    bool disabled = false;
    std::string url;
    Headers headers{};
    Interval timeout{std::chrono::seconds{1}};
    unsigned threshold = 10;
    Interval backoff{std::chrono::seconds{1}};
    std::vector<std::string> ignored_media_types{}; // ignoredmediatypes and ignore.mediatypes
    std::vector<std::string> ignored_actions{};
};

struct NotificationsConfig {
    bool include_references = false;
    std::vector<EndpointConfig> endpoints{};
};

struct HealthConfig {
    struct Check {
        std::string target; // a file, a URL, "host:port"
        Interval interval{std::chrono::seconds{10}};
        unsigned threshold = 1; // failures in a row
        Interval timeout{std::chrono::seconds{5}};
        int status = 200; // http only, as headers
        Headers headers{};
    };
    std::optional<Check> storage{};
    std::vector<Check> files{};
    std::vector<Check> urls{};
    std::vector<Check> addresses{};
};

/// A registry that is mirrored. `proxy:` is one for every name; `strata.proxies` has any number.
struct UpstreamConfig {
    std::string url;      // "https://registry-1.docker.io"
    std::string prefix{}; // of our names, "hub" for "hub/library/busybox"; empty: every name
    std::string ns{};     // what containerd puts into ?ns=; empty: the host of `url`
    std::string username{};
    std::string password{};
    std::string exec_command{}; // a docker-credential helper that knows them
    std::optional<Interval> exec_lifetime{};
    Interval ttl{std::chrono::hours{168}}; // of what is cached; 0: for ever
    Interval revalidate{};                 // a tag younger than this is not asked for again
    std::uint64_t max_bytes = 0;           // of cached blobs; 0: no bound
    std::vector<std::string> local{};      // patterns of repositories that are ours all the same
};

struct ValidationConfig {
    bool enabled = true;
    std::vector<std::string> allow_urls{}; // regular expressions; empty: none is restricted
    std::vector<std::string> deny_urls{};
    enum class Platforms : std::uint8_t { all, none, list };
    Platforms platforms = Platforms::all;
    std::vector<std::pair<std::string, std::string>> platform_list{}; // os, architecture
};

/// Who may do what. A rule grants; what no rule grants is refused.
struct AccessConfig {
    struct Rule {
        std::vector<std::string> repositories; // patterns: auth/rules.hpp
        std::vector<std::string> users{};      // "*": everybody who has logged in
        std::vector<std::string> groups{};
        bool anonymous = false;           // everybody
        std::vector<std::string> actions; // pull, push, delete, *
    };
    std::vector<Rule> rules{};
    std::map<std::string, std::vector<std::string>> groups{}; // name, members
    /// False: whoever has logged in may do everything, as with Distribution.
    bool restricted = false;
};

struct IssuerConfig {
    bool enabled = false;
    std::string path = "/token";
    std::string realm{}; // URL of it as clients see it; empty: from the request's host
    std::string service{};
    Interval lifetime{std::chrono::minutes{5}};       // 60 s at least
    Interval refresh_lifetime{std::chrono::hours{0}}; // 0: until revoked
};

struct QuotaConfig {
    std::uint64_t bytes = 0; // of each repository; 0: no limit
    std::vector<std::pair<std::string, std::uint64_t>> repositories{}; // pattern; the first counts
};

struct CollectionConfig {
    bool enabled = true;
    Interval grace{std::chrono::hours{24}};
    Interval interval{std::chrono::seconds{5}}; // between looks at an empty queue
    bool delete_untagged = false;
};

struct LimitsConfig {
    std::size_t connections = 10'000;
    std::uint64_t body_bytes = std::uint64_t{1} << 40;
    std::uint64_t manifest_bytes = std::uint64_t{4} << 20;
    unsigned workers = 0;           // 0: storage.max_threads, or the server's default
    double requests_per_second = 0; // of one client; 0: no limit
    double burst = 0;
};

struct Config {
    std::string file{}; // where it came from; empty: defaults
    LogConfig log{};
    StorageConfig storage{};
    AuthConfig auth{};
    HttpConfig http{};
    NotificationsConfig notifications{};
    HealthConfig health{};
    ValidationConfig validation{};
    std::size_t catalog_max_entries = 1000;
    std::size_t tags_max = 1000;
    std::vector<UpstreamConfig> upstreams{};

    // strata:
    AccessConfig access{};
    IssuerConfig issuer{};
    QuotaConfig quota{};
    CollectionConfig collection{};
    LimitsConfig limits{};
    bool search = true;

    /// What was written there and has no effect, each with its place and why: for the log.
    std::vector<std::string> warnings{};
};

/// Name and value, as in the environment; others than REGISTRY_… are passed over.
using Variables = std::vector<std::pair<std::string, std::string>>;

/// `file` is for messages. Throws Errc::invalid_argument "config.yml:12: http.addr: …", or
/// "REGISTRY_HTTP_ADDR: …"; Errc::unsupported for what cannot work without something that we lack.
Config parse_config(std::string_view text, std::string_view file, const Variables& variables = {});

/// Reads `file`; without one REGISTRY_CONFIGURATION_PATH, then /etc/distribution/config.yml, then
/// /etc/docker/registry/config.yml; without any of them what is default. Variables of this
/// process's environment count.
Config load_config(const std::optional<std::string>& file);

/// What the server needs to know of it.
http::ServerOptions server_options(const Config& config);

/// Every variable of this process.
Variables environment_variables();

} // namespace strata::registry
