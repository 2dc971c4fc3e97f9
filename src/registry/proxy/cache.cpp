// SPDX-License-Identifier: Apache-2.0
//
// How what a proxy fetches is kept, and how it goes again.
#include "base/error.hpp"
#include "base/scope_exit.hpp"
#include "registry/notify/event.hpp"
#include "registry/proxy/proxy.hpp"
#include "registry/storage/layout.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <array>

namespace strata::registry {
namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;
constexpr std::chrono::seconds kEvictEvery{30};
constexpr std::chrono::milliseconds kEvictSoon{200};
constexpr std::size_t kEvictAtOnce = 100;

} // namespace

/// As an upload of our own: a process that dies meanwhile leaves what the next one clears away.
void Proxy::store(Fill& fill, const Mirror& mirror, const Key& key, http::ClientResponse response)
{
    const std::string& repository = key.first;
    const Digest& digest = key.second;
    const Timestamp time = now();
    const Upload upload{
        .id = random_uuid(), .repository = repository, .started = time, .touched = time};
    parts_.metadata.add_upload(upload);
    bool stored = false;
    const ScopeExit clear_away{[&] {
        try {
            if (!stored) {
                parts_.files.remove_upload(repository, upload.id);
                parts_.metadata.remove_upload(upload.id);
            }
        } catch (const Error& error) { // it expires like any upload
            say(fmt::format("{}: {}", repository, error.what()));
        }
    }};
    parts_.files.create_upload(repository, upload.id);
    const auto file = parts_.files.open_upload(repository, upload.id, digest.algorithm());
    fill.begin(sys::open_file(Layout{parts_.root}.upload(repository, upload.id) / "data", O_RDONLY),
               response.length);

    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPiece);
    while (const std::size_t got = response.body->read({buffer.get(), kPiece})) {
        file->write({buffer.get(), got});
        parts_.metrics.proxy(ProxyKind::blob, ProxyEvent::pulled_bytes, got);
        fill.wrote(got);
    }
    const Blob blob = publish_upload(parts_.metadata, parts_.files, upload, *file, digest);
    stored = true;
    ledger_.add(mirror.upstream.config().prefix, {repository, digest, blob.size});
    {
        const std::scoped_lock lock{arrival_};
        more_ = true;
    }
    arrived_.notify_all();
}

void Proxy::evict_one(const CacheLedger::Entry& entry)
{
    {
        const std::scoped_lock lock{mutex_};
        if (fills_.contains({entry.repository, entry.digest})) {
            return;
        }
    }
    if (parts_.metadata.evict_blob(entry.repository, entry.digest)) {
        const DigestLock lock = parts_.files.lock(entry.digest);
        if (parts_.metadata.is_deleting(entry.digest)) {
            parts_.files.remove(lock);
            parts_.metadata.forget_blobs({&entry.digest, 1});
        }
    }
    ledger_.remove(entry);
}

void Proxy::evict()
{
    ledger_.flush();
    for (const auto& upstream : upstreams_) {
        const UpstreamConfig& config = upstream->config();
        if (config.ttl.count() > 0) {
            for (const auto& entry :
                 ledger_.unused_since(config.prefix, now() - config.ttl, kEvictAtOnce)) {
                evict_one(entry);
            }
        }
        if (config.max_bytes == 0) {
            continue;
        }
        std::uint64_t bytes = ledger_.bytes(config.prefix);
        while (bytes > config.max_bytes) {
            const auto oldest = ledger_.oldest(config.prefix, kEvictAtOnce);
            for (const auto& entry : oldest) {
                if (bytes <= config.max_bytes) {
                    break;
                }
                evict_one(entry);
                bytes -= std::min(bytes, entry.size);
            }
            if (oldest.empty() || stop_.stop_requested()) {
                break;
            }
        }
    }
}

/// Soon after something has arrived, so that a cache is not much larger than it may be; but not for
/// each of many.
void Proxy::run_evictor(const std::stop_token& stop)
{
    std::unique_lock lock{arrival_};
    while (!stop.stop_requested()) {
        arrived_.wait_for(lock, stop, kEvictEvery, [&] { return more_; });
        if (more_) {
            arrived_.wait_for(lock, stop, kEvictSoon, [] { return false; });
        }
        more_ = false;
        lock.unlock();
        try {
            evict();
        } catch (const Error& error) {
            say(fmt::format("evicting from the cache: {}", error.what()));
        }
        lock.lock();
    }
}

} // namespace strata::registry
