// SPDX-License-Identifier: Apache-2.0
#include "registry/server/server.hpp"

#include "base/error.hpp"
#include "registry/api/api.hpp"
#include "registry/auth/authentication.hpp"
#include "registry/collect/collector.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/metrics/access_log.hpp"
#include "registry/metrics/debug_handler.hpp"
#include "registry/metrics/health.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/migrate/take_in.hpp"
#include "registry/notify/notifications.hpp"
#include "registry/proxy/proxy.hpp"
#include "registry/server/front.hpp"
#include "registry/server/housekeeper.hpp"
#include "registry/server/metered_files.hpp"
#include "registry/storage/blob_files.hpp"
#include "sys/host.hpp"
#include "sys/socket.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace strata::registry {
namespace {

using std::chrono::milliseconds;

/// How soon this process notices what another one has changed (`strata registry rm`, say).
constexpr milliseconds kForeignChanges{100};

MetadataOptions metadata_options(const CollectionConfig& config)
{
    return {.grace = std::chrono::duration_cast<std::chrono::seconds>(config.grace),
            .untagged = config.delete_untagged ? Untagged::collect : Untagged::keep};
}

milliseconds rounded(Interval interval)
{
    return std::max(milliseconds{1}, std::chrono::duration_cast<milliseconds>(interval));
}

/// Uploads that nobody has touched for `age` go.
void purge_uploads(const StorageConfig::UploadPurging& config, Metadata& metadata, BlobFiles& files,
                   Log& log, const std::stop_token& stop)
{
    constexpr std::size_t kAtOnce = 100;
    const Timestamp before =
        now() - std::chrono::duration_cast<std::chrono::nanoseconds>(config.age);
    while (!stop.stop_requested()) {
        const std::vector<Upload> idle = metadata.list_uploads_idle_since(before, kAtOnce);
        for (const Upload& upload : idle) {
            log.write(Log::Level::info,
                      config.dry_run ? "would purge an upload" : "purging an upload",
                      {{"repository", upload.repository}, {"upload", upload.id}});
            if (!config.dry_run) {
                files.remove_upload(upload.repository, upload.id);
                metadata.remove_upload(upload.id);
            }
        }
        if (idle.size() < kAtOnce || config.dry_run) {
            return;
        }
    }
}

} // namespace

struct RegistryServer::Parts {
    Parts(const Config& the_config, const RegistryLogs& logs);

    void forget_foreign_changes();
    void forget(const Review& review);
    std::vector<Housekeeper::Chore> chores();
    std::function<void(const std::exception&)> complain();
    std::unique_ptr<Proxy> make_proxy();

    Config config;
    Log& log;
    Metrics metrics;
    std::unique_ptr<Metadata> metadata;
    std::unique_ptr<BlobFiles> files;
    Authentication authentication;
    Health health;
    std::unique_ptr<Notifications> notifications; // null without endpoints
    std::unique_ptr<AccessLog> access_log;        // null if it is disabled
    api::ManifestRules rules;
    std::unique_ptr<Proxy> proxy; // null without upstreams
    api::Api api;
    Front front;
    http::Server server;
    std::unique_ptr<sys::SocketFile> socket_file; // null but with http.net: unix
    DebugHandler debug_handler;
    std::unique_ptr<http::Server> debug_server; // null without http.debug.addr
    Collector collector;
    std::uint64_t foreign_changes = 0;
    // Last: they use the others.
    Housekeeper housekeeper;
    std::jthread collecting;
    std::jthread debugging;
};

namespace {

/// Of events, as Distribution has it: this host and the port in the configuration.
std::string name_of_source(const std::string& address)
{
    const auto colon = address.rfind(':');
    return sys::kernel().node + (colon == std::string::npos ? "" : address.substr(colon));
}

std::unique_ptr<Notifications> make_notifications(const Config& config, Metadata& metadata)
{
    if (config.notifications.endpoints.empty()) {
        return nullptr;
    }
    return std::make_unique<Notifications>(
        config.notifications, metadata,
        EventSource{.address = name_of_source(config.http.address), .instance = random_uuid()},
        make_event_poster());
}

std::unique_ptr<AccessLog> make_access_log(const LogConfig& config, const sys::Fd& out)
{
    return config.access
               ? std::make_unique<AccessLog>(out.duplicate(), config.format, config.fields)
               : nullptr;
}

/// Of what listens by now.
std::unique_ptr<sys::SocketFile> make_socket_file(const HttpConfig& config)
{
    return config.unix_socket ? std::make_unique<sys::SocketFile>(config.address) : nullptr;
}

std::unique_ptr<http::Server> make_debug_server(const HttpConfig::Debug& config,
                                                http::Handler& handler)
{
    if (config.address.empty()) {
        return nullptr;
    }
    return std::make_unique<http::Server>(
        http::ServerOptions{.address = config.address, .loops = 1, .workers = 2}, handler);
}

} // namespace

RegistryServer::Parts::Parts(const Config& the_config, const RegistryLogs& logs)
    : config{the_config}
    , log{logs.messages}
    , metadata{open_sqlite_metadata(config.storage.root, metadata_options(config.collection))}
    , files{metered(open_blob_files(config.storage.root), metrics)}
    , authentication{make_authentication(config, config.storage.root,
                                         [this](const std::string& text) { log.warn(text); })}
    , health{config.health, make_health_probes(config.storage)}
    , notifications{make_notifications(config, *metadata)}
    , access_log{make_access_log(config.log, logs.requests)}
    , rules{config.validation}
    , proxy{make_proxy()}
    , api{{.config = config,
           .metadata = *metadata,
           .files = *files,
           .authenticator = *authentication.authenticator,
           .metrics = metrics,
           .notifications = notifications.get(),
           .proxy = proxy.get()}}
    , front{{.api = api,
             .issuer = authentication.issuer.get(),
             .authenticator = *authentication.authenticator,
             .health = health,
             .metrics = metrics,
             .access_log = access_log.get(),
             .log = log}}
    , server{server_options(config), front}
    , socket_file{make_socket_file(config.http)}
    , debug_handler{{.config = config.http.debug,
                     .metrics = metrics,
                     .health = health,
                     .notifications = notifications.get(),
                     .load = [this] { return server.load(); }}}
    , debug_server{make_debug_server(config.http.debug, debug_handler)}
    , collector{*metadata, *files, {.interval = rounded(config.collection.interval)}}
    , foreign_changes{metadata->foreign_changes()}
    , housekeeper{chores(), complain()}
{
    if (config.collection.enabled && !config.storage.read_only) {
        collecting = std::jthread{[this](const std::stop_token& stop) {
            collector.run(std::move(stop), complain(),
                          [this](const Review& review, const Metadata::Verdict& verdict) {
                              if (verdict.garbage) {
                                  forget(review);
                              }
                          });
        }};
    }
    if (debug_server) {
        debugging = std::jthread{[this] { debug_server->run(); }};
    }
}

std::function<void(const std::exception&)> RegistryServer::Parts::complain()
{
    return [this](const std::exception& error) { log.error(error.what()); };
}

std::unique_ptr<Proxy> RegistryServer::Parts::make_proxy()
{
    if (config.upstreams.empty()) {
        return nullptr;
    }
    const auto understand = [this](const Digest& digest, std::shared_ptr<const std::string> bytes,
                                   std::string_view media_type) {
        try {
            return api::understand_manifest(digest, std::move(bytes), media_type, rules);
        } catch (const api::Refused& refused) {
            throw Error{Errc::corrupt, refused.what()};
        }
    };
    return std::make_unique<Proxy>(
        config.upstreams,
        Proxy::Parts{.root = config.storage.root,
                     .metadata = *metadata,
                     .files = *files,
                     .metrics = metrics,
                     .outbound = make_outbound(),
                     .understand = understand,
                     .changed =
                         [this](std::string_view repository, const Digest& digest,
                                const std::vector<TagName>& tags) {
                             api.forget_manifest(repository, digest, tags);
                         },
                     .notice = [this](const std::string& text) { log.warn(text); }});
}

void RegistryServer::Parts::forget(const Review& review)
{
    if (review.kind == Review::Kind::manifest) {
        api.forget_manifest(review.repository, review.digest, {});
    } else if (!review.repository.empty()) {
        api.forget_blob(review.repository, review.digest);
    }
}

void RegistryServer::Parts::forget_foreign_changes()
{
    const std::uint64_t seen = metadata->foreign_changes();
    if (seen != foreign_changes) {
        foreign_changes = seen;
        api.forget_everything();
    }
}

std::vector<Housekeeper::Chore> RegistryServer::Parts::chores()
{
    recover_uploads(*metadata, *files);
    std::vector<Housekeeper::Chore> chores;
    chores.push_back(
        {kForeignChanges, [this](const std::stop_token&) { forget_foreign_changes(); }});
    if (config.collection.enabled && !config.storage.read_only) {
        chores.push_back({std::chrono::hours{1}, [this](const std::stop_token& stop) {
                              forget_old_history(*metadata, stop);
                          }});
    }
    const auto& purging = config.storage.upload_purging;
    if (purging.enabled && !config.storage.read_only) {
        chores.push_back({rounded(purging.interval),
                          [this, purging](const std::stop_token& stop) {
                              purge_uploads(purging, *metadata, *files, log, stop);
                          },
                          true});
    }
    return chores;
}

void take_over(const Config& config, Log& log, const std::stop_token& stop)
{
    const auto metadata = open_sqlite_metadata(config.storage.root);
    if (is_taken_in(*metadata)) {
        return;
    }
    constexpr std::chrono::seconds kQuiet{1};
    auto told = std::chrono::steady_clock::now();
    TakeInOptions options;
    options.progress = [&](const TakenIn& done) {
        if (const auto time = std::chrono::steady_clock::now(); time - told >= kQuiet) {
            told = time;
            log.info(fmt::format("taking in what is there: {} of {} repositories",
                                 done.repositories, done.of_repositories));
        }
    };
    options.problem = [&](const std::string& repository, const std::string& what) {
        log.write(Log::Level::warn, what, {{"repository", repository}});
    };
    options.stop = stop;
    const TakenIn done = take_in(*metadata, config.storage.root, options);
    if (done.repositories > 0) {
        log.info(fmt::format("took in {} repositories, {} manifests and {} tags; {} problems",
                             done.repositories, done.manifests, done.tags, done.problems));
    }
}

RegistryServer::RegistryServer(const Config& config, const RegistryLogs& logs)
    : parts_{std::make_unique<Parts>(config, logs)}
{
}

RegistryServer::~RegistryServer()
{
    if (parts_->debug_server) {
        parts_->debug_server->drain({});
    }
}

std::string RegistryServer::address() const
{
    return parts_->server.address();
}

std::string RegistryServer::debug_address() const
{
    return parts_->debug_server ? parts_->debug_server->address() : std::string{};
}

void RegistryServer::run()
{
    parts_->server.run();
}

void RegistryServer::drain() noexcept
{
    parts_->server.drain(rounded(parts_->config.http.drain_timeout));
}

void RegistryServer::reload()
{
    if (parts_->config.http.tls) {
        parts_->server.reload_tls();
    }
}

} // namespace strata::registry
