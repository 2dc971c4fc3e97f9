// SPDX-License-Identifier: Apache-2.0
#include "registry/server/server.hpp"

#include "base/error.hpp"
#include "registry/api/api.hpp"
#include "registry/auth/authentication.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/server/front.hpp"
#include "registry/server/housekeeper.hpp"
#include "registry/storage/blob_files.hpp"

#include <atomic>
#include <chrono>

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
    Parts(const Config& the_config, Log& the_log);

    void forget_foreign_changes();
    std::vector<Housekeeper::Chore> chores();

    Config config;
    Log& log;
    std::unique_ptr<Metadata> metadata;
    std::unique_ptr<BlobFiles> files;
    Authentication authentication;
    api::Api api;
    Front front;
    http::Server server;
    std::uint64_t foreign_changes = 0;
    Housekeeper housekeeper; // last: its chores use the others
};

RegistryServer::Parts::Parts(const Config& the_config, Log& the_log)
    : config{the_config}
    , log{the_log}
    , metadata{open_sqlite_metadata(config.storage.root, metadata_options(config.collection))}
    , files{open_blob_files(config.storage.root)}
    , authentication{make_authentication(config, config.storage.root,
                                         [&](const std::string& text) { log.warn(text); })}
    , api{{.config = config,
           .metadata = *metadata,
           .files = *files,
           .authenticator = *authentication.authenticator}}
    , front{{.api = api,
             .issuer = authentication.issuer.get(),
             .authenticator = *authentication.authenticator,
             .log = log}}
    , server{server_options(config), front}
    , foreign_changes{metadata->foreign_changes()}
    , housekeeper{chores(), [&](const std::exception& error) { log.error(error.what()); }}
{
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
    chores.push_back({kForeignChanges, [this](std::stop_token) { forget_foreign_changes(); }});
    const auto& purging = config.storage.upload_purging;
    if (purging.enabled && !config.storage.read_only) {
        chores.push_back({rounded(purging.interval),
                          [this, purging](std::stop_token stop) {
                              purge_uploads(purging, *metadata, *files, log, stop);
                          },
                          true});
    }
    return chores;
}

RegistryServer::RegistryServer(const Config& config, Log& log)
    : parts_{std::make_unique<Parts>(config, log)}
{
}

RegistryServer::~RegistryServer() = default;

std::string RegistryServer::address() const
{
    return parts_->server.address();
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
