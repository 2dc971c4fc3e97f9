// SPDX-License-Identifier: Apache-2.0
//
// What an operator does with a registry, running or stopped: data in, data out. The command line
// prints it. (check/check.hpp has the check, migrate/ the take-in and the export.)
#pragma once

#include "registry/collect/collector.hpp"
#include "registry/metadata/metadata.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// "name", "name:tag" or "name@digest".
struct Target {
    std::string repository;
    std::optional<TagName> tag{};
    std::optional<Digest> digest{};

    /// Throws Errc::invalid_argument, naming the text.
    static Target parse(std::string_view text);
    std::string str() const;
};

struct GcOptions {
    /// `queued`: what some change has made suspicious. `everything`: also what was judged before,
    /// say under other rules for untagged manifests, or taken in long ago.
    enum class Scope : std::uint8_t { queued, everything };
    Scope scope = Scope::queued;
    /// What is due by then. Timestamp::max() disregards the grace period: a push that is under way
    /// may then be told to send a blob again, and nothing worse.
    Timestamp due_by = now();
    SeeVerdict see{}; // each verdict with its reason
    std::stop_token stop{};
};

/// Collects all that is due. The grace period and what is to become of untagged manifests are the
/// metadata's options.
Collected collect_garbage(Metadata& metadata, BlobFiles& files, const GcOptions& options);

struct Rehearsed {
    Collected now{};
    /// What becomes garbage by that and goes once its own grace period is over. `see` is told of
    /// it with reviews that are due after `due_by`.
    Collected later{};
};
/// What collect_garbage() would do, in the order in which it would. Changes nothing but, with
/// `everything`, the queue. Nobody who pushes waits for it.
Rehearsed rehearse_collection(Metadata& metadata, const GcOptions& options);

struct TagEntry {
    TagName name;
    Digest digest;
    std::string media_type;
    std::uint64_t size = 0; // of the manifest and of what it names
};
/// Throws Errc::not_found.
std::vector<TagEntry> list_tag_entries(Metadata& metadata, const std::string& repository);

struct DiskUsage {
    std::vector<RepositoryUsage> repositories{};
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0; // each blob once
    std::uint64_t unheld_bytes =
        0; // of them, what no repository holds: exported manifests, garbage
    std::uint64_t pending_reviews = 0;
};
DiskUsage disk_usage(Metadata& metadata);

/// The tag, the manifest with its tags, or the whole repository. Returns the tags that went.
/// Throws Errc::not_found.
std::vector<TagName> remove_target(Metadata& metadata, const Target& target);

/// Gives what `target` names one more tag in its repository. Returns its digest. Throws
/// Errc::not_found, invalid_argument for what is no tag.
Digest tag_target(Metadata& metadata, const Target& target, const TagName& tag);

} // namespace strata::registry
