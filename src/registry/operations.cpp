// SPDX-License-Identifier: Apache-2.0
#include "registry/operations.hpp"

#include "base/error.hpp"
#include "registry/names.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <tuple>

namespace strata::registry {
namespace {

constexpr std::size_t kPage = 1000;

[[noreturn]] void refuse(std::string_view text)
{
    throw Error{Errc::invalid_argument, fmt::format("'{}' is no name of a repository", text),
                "Write NAME, NAME:TAG or NAME@DIGEST."};
}

[[noreturn]] void throw_not_found(const Target& target)
{
    throw Error{Errc::not_found, fmt::format("{} is not in this registry", target.str())};
}

std::optional<Manifest> find(Metadata& metadata, const Target& target)
{
    return target.digest ? metadata.find_manifest(target.repository, *target.digest)
                         : metadata.find_tag(target.repository, target.tag.value_or("latest"));
}

/// Judges what would be under review, and then what that puts under review.
class Rehearsal {
public:
    Rehearsal(Metadata& metadata, const GcOptions& options) : metadata_{metadata}, options_{options}
    {
    }

    Rehearsed run()
    {
        constexpr auto kAll = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
        for (const Review& review : metadata_.due_reviews(options_.due_by, kAll)) {
            if (!queued_.contains(key_of(review))) { // queued anew, it is postponed
                judge(review);
            }
        }
        while (!queue_.empty() && !options_.stop.stop_requested()) {
            const Review review = std::move(queue_.front());
            queue_.pop_front();
            queued_.erase(key_of(review));
            judge(review);
        }
        return result_;
    }

private:
    using Key = std::tuple<Review::Kind, std::string, Digest>;
    static Key key_of(const Review& review)
    {
        return {review.kind, review.repository, review.digest};
    }

    void judge(const Review& review)
    {
        if (options_.stop.stop_requested()) {
            return;
        }
        const Metadata::Verdict verdict = metadata_.judge(review, gone_);
        Collected& result = review.due <= options_.due_by ? result_.now : result_.later;
        ++result.judged;
        if (verdict.garbage) {
            count(result, review, verdict);
            gone_.add(review, verdict);
        }
        if (options_.see) {
            options_.see(review, verdict);
        }
        if (verdict.garbage && review.kind == Review::Kind::manifest) {
            for (Review& next : metadata_.reviews_after(review)) {
                next.due = std::max(next.due, review.due);
                if (queued_.insert(key_of(next)).second) {
                    queue_.push_back(std::move(next));
                }
            }
        }
    }

    static void count(Collected& result, const Review& review, const Metadata::Verdict& verdict)
    {
        ++(review.kind == Review::Kind::manifest ? result.manifests : result.blobs);
        if (verdict.with_its_file) {
            ++result.files;
            result.bytes += verdict.bytes;
        }
    }

    Metadata& metadata_;
    const GcOptions& options_;
    Metadata::Gone gone_;
    std::deque<Review> queue_;
    std::set<Key> queued_;
    Rehearsed result_;
};

} // namespace

Target Target::parse(std::string_view text)
{
    Target target;
    std::string_view rest = text;
    if (const auto at = rest.find('@'); at != rest.npos) {
        target.digest = Digest::try_parse(rest.substr(at + 1));
        if (!target.digest) {
            refuse(text);
        }
        rest = rest.substr(0, at);
    } else if (const auto colon = rest.rfind(':'); colon != rest.npos) {
        target.tag = rest.substr(colon + 1);
        if (!is_tag_name(*target.tag)) {
            refuse(text);
        }
        rest = rest.substr(0, colon);
    }
    if (!is_repository_name(rest)) {
        refuse(text);
    }
    target.repository = rest;
    return target;
}

std::string Target::str() const
{
    return digest ? fmt::format("{}@{}", repository, *digest)
           : tag  ? fmt::format("{}:{}", repository, *tag)
                  : repository;
}

Collected collect_garbage(Metadata& metadata, BlobFiles& files, const GcOptions& options)
{
    constexpr std::size_t kBatch = 100;
    if (options.scope == GcOptions::Scope::everything) {
        metadata.queue_everything();
    }
    Collected result;
    forget_old_history(metadata, options.stop);
    while (!options.stop.stop_requested()) {
        const Collected round = collect_round(metadata, files, options.due_by, kBatch, options.see);
        result += round;
        if (round.judged == 0) {
            break;
        }
    }
    return result;
}

Rehearsed rehearse_collection(Metadata& metadata, const GcOptions& options)
{
    if (options.scope == GcOptions::Scope::everything) {
        metadata.queue_everything();
    }
    return Rehearsal{metadata, options}.run();
}

std::vector<TagEntry> list_tag_entries(Metadata& metadata, const std::string& repository)
{
    std::vector<TagEntry> entries;
    Page page{.limit = kPage};
    for (;;) {
        const auto names = metadata.list_tags(repository, page);
        if (!names) {
            throw_not_found({.repository = repository});
        }
        for (const TagName& name : *names) {
            if (const auto manifest = metadata.find_tag(repository, name)) {
                entries.push_back({name, manifest->digest, manifest->media_type,
                                   metadata.size_with_references(repository, manifest->digest)});
            }
        }
        if (names->size() < page.limit) {
            return entries;
        }
        page.last = names->back();
    }
}

DiskUsage disk_usage(Metadata& metadata)
{
    DiskUsage usage{.pending_reviews = metadata.pending_reviews()};
    for (Page page{.limit = kPage};;) {
        auto repositories = metadata.list_usage(page);
        const bool more = repositories.size() == page.limit;
        for (RepositoryUsage& repository : repositories) {
            page.last = repository.name;
            usage.repositories.push_back(std::move(repository));
        }
        if (!more) {
            break;
        }
    }
    for (Page page{.limit = kPage};;) {
        const auto blobs = metadata.list_blobs(page);
        for (const auto& known : blobs) {
            ++usage.blobs;
            usage.bytes += known.blob.size;
            usage.unheld_bytes += known.held ? 0 : known.blob.size;
        }
        if (blobs.size() < page.limit) {
            return usage;
        }
        page.last = blobs.back().blob.digest.str();
    }
}

std::vector<TagName> remove_target(Metadata& metadata, const Target& target)
{
    if (target.digest) {
        auto tags = metadata.remove_manifest(target.repository, *target.digest);
        if (!tags) {
            throw_not_found(target);
        }
        return *std::move(tags);
    }
    if (target.tag) {
        if (!metadata.remove_tag(target.repository, *target.tag)) {
            throw_not_found(target);
        }
        return {*target.tag};
    }
    std::vector<TagName> tags;
    for (const TagEntry& entry : list_tag_entries(metadata, target.repository)) {
        tags.push_back(entry.name);
    }
    if (!metadata.remove_repository(target.repository)) {
        throw_not_found(target);
    }
    return tags;
}

Digest tag_target(Metadata& metadata, const Target& target, const TagName& tag)
{
    if (!is_tag_name(tag)) {
        throw Error{Errc::invalid_argument, fmt::format("'{}' is no tag", tag)};
    }
    const auto manifest = find(metadata, target);
    if (!manifest || !metadata.set_tag(target.repository, tag, manifest->digest)) {
        throw_not_found(target);
    }
    return manifest->digest;
}

} // namespace strata::registry
