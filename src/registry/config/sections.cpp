// SPDX-License-Identifier: Apache-2.0
#include "registry/config/sections.hpp"

#include "base/strings.hpp"
#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <set>

namespace strata::registry {
namespace {

using namespace std::string_view_literals;

template <typename T>
using Choice = std::pair<std::string_view, T>;

constexpr auto kLevels = std::to_array<Choice<LogConfig::Level>>({
    {"error", LogConfig::Level::error},
    {"warn", LogConfig::Level::warn},
    {"info", LogConfig::Level::info},
    {"debug", LogConfig::Level::debug},
});

constexpr auto kFormats = std::to_array<Choice<LogConfig::Format>>({
    {"text", LogConfig::Format::text},
    {"json", LogConfig::Format::json},
    {"logstash", LogConfig::Format::logstash},
});

/// Drivers that store elsewhere: without what they stand for nothing that is asked can be given.
constexpr auto kForeignDrivers = std::to_array<std::string_view>(
    {"s3", "s3aws", "azure", "gcs", "swift", "oss", "inmemory", "testdriver"});

std::string joined(const std::vector<std::string>& names)
{
    return join(names, ", ");
}

void read_maintenance(Section& storage, StorageConfig& into)
{
    Section maintenance = storage.section("maintenance");
    Section purging = maintenance.section("uploadpurging");
    purging.read("enabled", into.upload_purging.enabled);
    purging.read("age", into.upload_purging.age);
    purging.read("interval", into.upload_purging.interval);
    purging.read("dryrun", into.upload_purging.dry_run);
    if (into.upload_purging.enabled && into.upload_purging.interval.count() == 0) {
        purging.refuse("interval", "must be more than nothing");
    }
    purging.finish();
    Section read_only = maintenance.section("readonly");
    read_only.read("enabled", into.read_only);
    read_only.finish();
    maintenance.finish();
}

void check_patterns(Section& section, std::string_view key,
                    const std::vector<std::string>& patterns)
{
    for (const std::string& pattern : patterns) {
        try {
            if (pattern.size() > 1000) { // std::regex recurses over what it reads
                section.refuse(key, "a regular expression is longer than 1000 bytes");
            }
            const std::regex compiled{pattern, std::regex::ECMAScript};
        } catch (const std::regex_error& error) {
            section.refuse(
                key, fmt::format("'{}' is not a regular expression: {}", pattern, error.what()));
        }
    }
}

HealthConfig::Check read_check(Section& section, std::string_view target)
{
    HealthConfig::Check check;
    check.target = section.required(target);
    section.read("interval", check.interval);
    section.read("threshold", check.threshold);
    section.read("timeout", check.timeout);
    if (check.interval.count() == 0) {
        check.interval = std::chrono::seconds{10};
    }
    check.threshold = std::max(check.threshold, 1U);
    return check;
}

} // namespace

void read_log(Section& root, Config& config)
{
    LogConfig& into = config.log;
    if (root.has("loglevel")) {
        root.read_choice("loglevel", into.level, kLevels);
        root.warn("loglevel", "is deprecated: use log.level");
    }
    Section log = root.section("log");
    bool disabled = false;
    Section access = log.section("accesslog");
    access.read("disabled", disabled);
    access.finish();
    into.access = !disabled;
    log.read_choice("level", into.level, kLevels);
    log.read_choice("formatter", into.format, kFormats);
    log.read("fields", into.fields);
    log.ignore("hooks", "has no effect: mail is not sent; let the journal's reader do that");
    log.finish();
}

void read_storage(Section& root, Config& config)
{
    StorageConfig& into = config.storage;
    if (!root.has("storage")) {
        root.refuse("storage", "is missing");
    }
    Section storage = root.section("storage");
    for (const std::string_view driver : kForeignDrivers) {
        if (storage.has(driver)) {
            storage.unsupported(driver, driver == "inmemory"
                                            ? "let filesystem.rootdirectory be on a tmpfs instead"
                                            : "blobs are kept in local files; use 'filesystem'");
        }
    }
    if (!storage.has("filesystem")) {
        root.refuse("storage", "names no driver; use 'filesystem'");
    }
    Section filesystem = storage.section("filesystem");
    filesystem.read("rootdirectory", into.root);
    if (filesystem.has("maxthreads")) {
        unsigned threads = 100;
        filesystem.read("maxthreads", threads);
        into.max_threads = std::max(threads, 25U);
    }
    filesystem.finish();

    Section removal = storage.section("delete");
    removal.read("enabled", into.allow_delete);
    removal.finish();
    Section redirect = storage.section("redirect"); // files are never redirected to
    bool redirects_off = false;
    redirect.read("disable", redirects_off);
    redirect.finish();
    storage.ignore("cache", "has no effect: descriptors come from the database");
    storage.ignore("tag", "has no effect: tags are found by an index");
    read_maintenance(storage, into);
    storage.finish();
}

void read_auth(Section& root, Config& config)
{
    using Kind = AuthConfig::Kind;
    AuthConfig& into = config.auth;
    Section auth = root.section("auth");
    std::vector<std::string> kinds;
    for (const auto& [key, value] : auth.members()) {
        kinds.push_back(key);
    }
    if (kinds.size() > 1) {
        root.refuse("auth", fmt::format("only one of {} can be in force", joined(kinds)));
    }
    if (kinds.empty() || kinds.front() == "none") {
        return;
    }
    Section options = auth.section(kinds.front());
    into.realm = kinds.front() == "token" ? "" : options.required("realm");
    if (kinds.front() == "silly") {
        into.kind = Kind::silly;
        into.service = options.required("service");
    } else if (kinds.front() == "htpasswd") {
        into.kind = Kind::htpasswd;
        into.path = options.required("path");
    } else if (kinds.front() == "token") {
        into.kind = Kind::token;
        options.read("realm", into.realm);
        into.service = options.required("service");
        into.issuer = options.required("issuer");
        options.read("rootcertbundle", into.root_cert_bundle);
        options.read("jwks", into.jwks);
        options.read("signingalgorithms", into.signing_algorithms);
        options.read("autoredirect", into.auto_redirect);
        options.read("autoredirectpath", into.auto_redirect_path);
        if (into.realm.empty() && !into.auto_redirect) {
            options.refuse("realm", "is missing");
        }
        if (into.root_cert_bundle.empty() && into.jwks.empty()) {
            options.refuse("rootcertbundle", "is missing, and so is jwks: no token could be "
                                             "verified");
        }
    } else {
        auth.unsupported(kinds.front(), "use htpasswd, token, silly or none");
    }
    options.finish();
}

void read_notifications(Section& root, Config& config)
{
    Section notifications = root.section("notifications");
    Section events = notifications.section("events");
    events.read("includereferences", config.notifications.include_references);
    events.finish();
    std::set<std::string> names;
    for (Section& section : notifications.sections("endpoints")) {
        EndpointConfig endpoint;
        endpoint.name = section.required("name");
        endpoint.url = section.required("url");
        if (!names.insert(endpoint.name).second) {
            section.refuse("name", fmt::format("there are two endpoints '{}'", endpoint.name));
        }
        if (!endpoint.url.starts_with("http://") && !endpoint.url.starts_with("https://")) {
            section.refuse("url", "expected http:// or https://");
        }
        section.read("disabled", endpoint.disabled);
        section.read("headers", endpoint.headers);
        section.read("timeout", endpoint.timeout);
        section.read("threshold", endpoint.threshold);
        section.read("backoff", endpoint.backoff);
        section.read("ignoredmediatypes", endpoint.ignored_media_types);
        Section ignore = section.section("ignore");
        std::vector<std::string> types;
        ignore.read("mediatypes", types);
        std::ranges::move(types, std::back_inserter(endpoint.ignored_media_types));
        ignore.read("actions", endpoint.ignored_actions);
        ignore.finish();
        section.finish();
        if (endpoint.timeout.count() == 0) {
            endpoint.timeout = std::chrono::seconds{1};
        }
        if (endpoint.backoff.count() == 0) {
            endpoint.backoff = std::chrono::seconds{1};
        }
        endpoint.threshold = std::max(endpoint.threshold, 1U);
        config.notifications.endpoints.push_back(std::move(endpoint));
    }
    notifications.finish();
}

void read_health(Section& root, Config& config)
{
    HealthConfig& into = config.health;
    Section health = root.section("health");
    Section storage = health.section("storagedriver");
    bool enabled = false;
    storage.read("enabled", enabled);
    HealthConfig::Check check;
    storage.read("interval", check.interval);
    storage.read("threshold", check.threshold);
    check.threshold = std::max(check.threshold, 1U);
    if (check.interval.count() == 0) {
        check.interval = std::chrono::seconds{10};
    }
    storage.finish();
    if (enabled) {
        check.target = "storagedriver";
        into.storage = check;
    }
    for (Section& section : health.sections("file")) {
        into.files.push_back(read_check(section, "file"));
        section.finish();
    }
    for (Section& section : health.sections("http")) {
        HealthConfig::Check url = read_check(section, "uri");
        section.read("statuscode", url.status);
        section.read("headers", url.headers);
        section.finish();
        into.urls.push_back(std::move(url));
    }
    for (Section& section : health.sections("tcp")) {
        into.addresses.push_back(read_check(section, "addr"));
        section.finish();
    }
    health.finish();
}

namespace {

/// "https://user:password@host": what is said of an upstream, in the log and to clients, must not
/// have its password in it.
void take_user_info(UpstreamConfig& upstream)
{
    const std::size_t begin = upstream.url.find("://") + 3;
    const std::size_t at = upstream.url.substr(0, upstream.url.find('/', begin)).rfind('@');
    if (at == std::string::npos) {
        return;
    }
    const std::string who = upstream.url.substr(begin, at - begin);
    const std::size_t colon = who.find(':');
    const auto decoded = [](const std::string& text) {
        return http::percent_decode(text).value_or(text);
    };
    upstream.username = decoded(who.substr(0, colon));
    upstream.password = colon == std::string::npos ? "" : decoded(who.substr(colon + 1));
    upstream.url.erase(begin, at + 1 - begin);
}

} // namespace

UpstreamConfig read_upstream(Section& section)
{
    UpstreamConfig upstream;
    upstream.url = section.required("remoteurl");
    if (!upstream.url.starts_with("http://") && !upstream.url.starts_with("https://")) {
        section.refuse("remoteurl", "expected http:// or https://");
    }
    while (upstream.url.ends_with('/')) {
        upstream.url.pop_back();
    }
    take_user_info(upstream);
    section.read("username", upstream.username);
    section.read("password", upstream.password);
    Section exec = section.section("exec");
    if (exec.there()) {
        upstream.exec_command = exec.required("command");
        if (exec.has("lifetime")) {
            exec.read("lifetime", upstream.exec_lifetime.emplace());
        }
    }
    exec.finish();
    section.read("ttl", upstream.ttl);
    return upstream;
}

void read_proxy(Section& root, Config& config)
{
    Section proxy = root.section("proxy");
    std::string url;
    proxy.read("remoteurl", url);
    if (!proxy.there() || url.empty()) { // "proxy: {remoteurl: ''}" switches it off there as well
        return;
    }
    config.upstreams.push_back(read_upstream(proxy));
    proxy.finish();
}

void read_validation(Section& root, Config& config)
{
    ValidationConfig& into = config.validation;
    Section validation = root.section("validation");
    bool disabled = false;
    validation.read("disabled", disabled);
    validation.read("enabled", into.enabled); // as older releases have it
    into.enabled = into.enabled && !disabled;
    Section manifests = validation.section("manifests");
    Section urls = manifests.section("urls");
    urls.read("allow", into.allow_urls);
    check_patterns(urls, "allow", into.allow_urls);
    urls.read("deny", into.deny_urls);
    check_patterns(urls, "deny", into.deny_urls);
    urls.finish();
    Section indexes = manifests.section("indexes");
    std::string platforms;
    indexes.read("platforms", platforms);
    platforms = to_lower(platforms);
    if (platforms == "none") {
        into.platforms = ValidationConfig::Platforms::none;
    } else if (platforms == "list") {
        into.platforms = ValidationConfig::Platforms::list;
    } else if (!platforms.empty() && platforms != "all") {
        indexes.refuse("platforms", fmt::format("'{}' is none of all, none, list", platforms));
    }
    for (Section& platform : indexes.sections("platformlist")) {
        into.platform_list.emplace_back(platform.required("os"), platform.required("architecture"));
        platform.finish();
    }
    indexes.finish();
    manifests.finish();
    validation.finish();
}

void read_limits_of_pages(Section& root, Config& config)
{
    Section catalog = root.section("catalog");
    catalog.read("maxentries", config.catalog_max_entries);
    if (config.catalog_max_entries == 0) {
        config.catalog_max_entries = 1000;
    }
    catalog.finish();
    Section tags = root.section("tags");
    tags.read("maxtags", config.tags_max);
    if (config.tags_max == 0) {
        config.tags_max = 1000;
    }
    tags.finish();
}

void read_foreign(Section& root)
{
    root.ignore("redis", "has no effect: there is nothing that would need Redis");
    root.ignore("middleware", "has no effect: middleware of Distribution cannot be loaded; put "
                              "what it does into a proxy in front");
    root.ignore("reporting", "has no effect: nothing is reported to Bugsnag or New Relic");
    root.ignore("compatibility", "has no effect: schema 1 manifests are not accepted");
}

} // namespace strata::registry
