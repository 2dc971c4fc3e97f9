// SPDX-License-Identifier: Apache-2.0
//
// Repositories that mirror those of other registries: what is asked for is fetched once, kept, and
// given out from here until it is too old, or too much.
#pragma once

#include "base/error.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/metrics/metrics.hpp"
#include "registry/proxy/fill.hpp"
#include "registry/proxy/ledger.hpp"
#include "registry/proxy/upstream.hpp"
#include "registry/storage/blob_files.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace strata::registry {

/// Safe to use from any thread; everything that may ask an upstream blocks.
class Proxy {
public:
    struct Parts {
        std::string root; // the data root
        Metadata& metadata;
        BlobFiles& files;
        Metrics& metrics;
        Outbound outbound;
        /// Takes out of a manifest what the registry has to know; throws for what is none.
        std::function<NewManifest(const Digest&, std::shared_ptr<const std::string>,
                                  std::string_view media_type)>
            understand;
        /// Hears of tags that name something else now, for caches of answers.
        std::function<void(std::string_view repository, const Digest&,
                           const std::vector<TagName>& tags)>
            changed{};
        std::function<void(const std::string&)> notice{}; // for the log: names upstreams
    };
    Proxy(const std::vector<UpstreamConfig>& upstreams, Parts parts);
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;
    /// Breaks off what is on its way.
    ~Proxy();

    /// What `repository` is called here when somebody asks for it with ?ns=; the same name if no
    /// upstream is called so. Cheap.
    std::string local_name(std::string_view repository, std::string_view ns) const;
    /// Whether it mirrors: nothing can be pushed there, and a tag's answer must not be cached
    /// without asking fresh_tag(). Cheap.
    bool is_mirror(std::string_view repository) const;

    /// Sees to it that a tag names what it names upstream, as far as can be told: asks by HEAD
    /// unless it was asked lately, and fetches the manifest if it is another. What is here stays
    /// good while the upstream is down. Nothing if there is no such tag. Throws Errc::unavailable
    /// or denied when the upstream cannot be asked and nothing is here.
    std::optional<Digest> fresh_tag(std::string_view repository, std::string_view tag);
    /// Whether fresh_tag() would ask nobody now.
    bool is_fresh(std::string_view repository, std::string_view tag);
    /// Sees to it that a manifest is here; false if there is none.
    bool fetch_manifest(std::string_view repository, const Digest& digest);

    /// Its size; nothing if there is none. Fetches nothing.
    std::optional<std::uint64_t> blob_size(std::string_view repository, const Digest& digest);
    /// The bytes of a blob that is not here, as they arrive, on their way into the cache. However
    /// many ask at once, the upstream is asked once. Nothing if there is none, or if it has arrived
    /// meanwhile (`stored` says which).
    struct Stream {
        bool stored = false;
        std::optional<http::Streamed> body{};
    };
    Stream stream_blob(std::string_view repository, const Digest& digest);
    /// Waits until a blob is here; false if there is none. For ranges.
    bool fetch_blob(std::string_view repository, const Digest& digest);
    /// Somebody is given a blob of so many bytes out of the cache. Cheap.
    void used(std::string_view repository, const Digest& digest, std::uint64_t bytes);

    /// A page of a list as the upstream gives it, or gave it a few seconds ago. `next` is the query
    /// that asks for the next one; empty: there is none.
    struct Tags {
        std::vector<TagName> names{};
        std::string next{};
    };
    struct List {
        http::SharedText body{}; // an index
        std::string next{};
        bool filtered = false; // by artifactType, as the query says
    };
    /// `query` goes to the upstream as it is. Nothing if there is no such repository. Throws
    /// Errc::unavailable or denied: then what is here is all that can be said.
    std::optional<Tags> list_tags(std::string_view repository, std::string_view query);
    /// Nothing if the upstream does not list referrers, and has no tag with a list of them either.
    std::optional<List> list_referrers(std::string_view repository, const Digest& subject,
                                       std::string_view query);

    /// Evicts what is too old or too much, now. A thread does so now and then.
    void evict();

private:
    using Clock = std::chrono::steady_clock;
    struct Mirror {
        Upstream& upstream;
        std::string name_there;
    };
    using Key = std::pair<std::string, Digest>; // repository and digest
    struct KeyHash {
        std::size_t operator()(const Key& key) const noexcept
        {
            return std::hash<std::string>{}(key.first) ^ std::hash<Digest>{}(key.second);
        }
    };
    struct KeptList {
        List list;
        Clock::time_point when;
    };
    /// Holds what makes others wait who want the same thing fetched.
    class Turn {
    public:
        Turn(Proxy& proxy, std::string key);
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();

    private:
        Proxy& proxy_;
        std::string key_;
        std::shared_ptr<std::mutex> mutex_;
    };

    std::optional<Mirror> find_mirror(std::string_view repository) const;
    Mirror mirror_of(std::string_view repository) const;
    http::ClientResponse ask(const Mirror& mirror, std::string_view method, std::string_view path,
                             const std::vector<http::Field>& fields = {});
    /// What goes wrong is in the log before the client hears of it.
    template <typename Body>
    auto logged(const std::string& what, Body&& body) const
    {
        try {
            return std::forward<Body>(body)();
        } catch (const Error& error) {
            say(fmt::format("{}: {}", what, error.what()));
            throw;
        }
    }
    std::optional<List> list(const Mirror& mirror, std::string_view repository,
                             std::string_view path, std::string_view query);
    std::optional<List> list_tagged_referrers(std::string_view repository, const Digest& subject);
    std::optional<Digest> ask_for_tag(const Mirror& mirror, std::string_view repository,
                                      std::string_view tag, const std::optional<Digest>& here);
    std::optional<Digest> store_manifest(const Mirror& mirror, std::string_view repository,
                                         std::string_view reference,
                                         const std::optional<Digest>& expected);
    void count_hit(const Manifest& manifest);
    void note_checked(std::string_view repository, std::string_view tag);
    bool is_here(std::string_view repository, const Digest& digest);
    std::shared_ptr<Fill> find_or_begin(std::string_view repository, const Digest& digest);
    void run_fill(Fill& fill, const Key& key);
    void end_fill(Fill& fill, const Key& key, Fill::Outcome outcome, std::string why = {});
    bool take_from_neighbour(const Mirror& mirror, const Key& key);
    void store(Fill& fill, const Mirror& mirror, const Key& key, http::ClientResponse response);
    void evict_one(const CacheLedger::Entry& entry);
    void run_evictor(const std::stop_token& stop);
    void say(const std::string& text) const;

    Parts parts_;
    std::vector<std::unique_ptr<Upstream>> upstreams_; // the longest prefix first
    CacheLedger ledger_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, Clock::time_point, std::less<>> checked_; // tags
    std::map<std::string, KeptList> lists_;
    std::map<std::string, std::shared_ptr<std::mutex>> turns_;
    std::unordered_map<Key, std::shared_ptr<Fill>, KeyHash> fills_;
    std::size_t running_ = 0; // threads that fill
    std::stop_source stop_;
    std::mutex arrival_; // of the next two
    std::condition_variable_any arrived_;
    bool more_ = false; // something has come into the cache since the evictor looked
    std::jthread evictor_;
};

} // namespace strata::registry
