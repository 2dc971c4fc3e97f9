// SPDX-License-Identifier: Apache-2.0
//
// What a registry knows: repositories, manifests with their bytes, tags with their history, who
// refers to whom, which blobs a repository may give out, uploads, and what is to be reviewed by the
// collector. Files are not its business (storage/ has those).
//
// Every listing is an indexed query with keyset pages; nothing here walks a folder or loads a
// repository whole.
#pragma once

#include "base/time.hpp"
#include "oci/digest.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry {

using oci::Digest;
using TagName = std::string;

/// The part of a listing that follows `last` (bytewise, exclusive; empty: from the beginning).
struct Page {
    std::string last{};
    std::size_t limit = 100;
};

/// Something that a manifest names.
struct Reference {
    enum class Kind : std::uint8_t { config, layer, manifest };
    Kind kind;
    Digest digest;
    std::uint64_t size = 0;
    std::string media_type{};
    bool must_exist = true; // not for layers that others distribute (`urls`)
};

/// A manifest as it is pushed. What is in it was taken out of `bytes` by whoever parsed them.
struct NewManifest {
    Digest digest;
    std::string media_type;
    std::shared_ptr<const std::string> bytes;
    std::vector<Reference> references{};
    std::optional<Digest> subject{};
    std::string artifact_type{}; // the config's media type where the manifest names none
    std::string annotations{};   // JSON object as it stands in the manifest, or empty
};

struct Manifest {
    Digest digest;
    std::string media_type;
    std::shared_ptr<const std::string> bytes;
    std::optional<Digest> subject{};
};

/// An entry of a referrers list (distribution-spec, "Listing Referrers").
struct Referrer {
    Digest digest;
    std::string media_type;
    std::uint64_t size = 0;
    std::string artifact_type{};
    std::string annotations{}; // JSON object, or empty
};

struct Blob {
    Digest digest;
    std::uint64_t size = 0;
};

struct Upload {
    std::string id; // a UUID
    std::string repository;
    Timestamp started;
    Timestamp touched;              // last chunk
    std::optional<Digest> digest{}; // what it is just being published as
};

struct RepositoryUsage {
    std::string name;
    std::uint64_t manifests = 0;
    std::uint64_t tags = 0;
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0; // of its blobs and manifests, each once
};

/// A past or present meaning of a tag, latest first. The last hundred are remembered, and of a tag
/// that was removed none, some time after that.
struct TagChange {
    std::optional<Digest> digest; // nothing: it was removed
    Timestamp when;
};

inline constexpr std::size_t kTagChangesKept = 100;
inline constexpr std::chrono::hours kRemovedTagsKept{90 * 24};

/// An event waiting to be delivered to one endpoint (notifications/).
struct OutboxEntry {
    std::int64_t id = 0;
    std::string endpoint;
    std::string event; // JSON
    unsigned attempts = 0;
    Timestamp due;
};
struct Delivery {
    std::int64_t id = 0;
    std::string endpoint;
    std::string event;
    unsigned attempts = 0;
    int status = 0; // of the last attempt; 0: there was no answer
    std::string error{};
    Timestamp when;
};

/// Something that was changed or made a while ago and may have become garbage: a manifest of a
/// repository, or a blob as one repository holds it (none: as nobody holds it any more).
struct Review {
    enum class Kind : std::uint8_t { manifest, blob };
    Kind kind;
    std::string repository{};
    Digest digest;
    std::string reason{}; // "tag moved", "uploaded", "manifest removed" …
    Timestamp due;
};

/// A manifest with its place, without its bytes.
struct ManifestEntry {
    Digest digest;
    std::string media_type;
    std::uint64_t size = 0;
    std::optional<Digest> subject{};
};

/// What a repository of another registry holds, as it is taken in.
struct TakenRepository {
    std::string name;
    std::vector<Blob> blobs{};
    std::vector<NewManifest> manifests{};
    struct Tag {
        TagName name;
        Digest digest;
        std::vector<Digest> before{}; // what it named in former times, in no known order
    };
    std::vector<Tag> tags{};
    /// What was here by then and is not named above goes: it was removed from there since. Without
    /// a time nothing goes, nor does what is `unclear`: named, but not to be made sense of.
    std::optional<Timestamp> as_of{};
    std::vector<Digest> unclear_manifests{};
    std::vector<TagName> unclear_tags{};
};

/// One per process and data root; safe to use from any thread. Every writing call is one
/// transaction, on disk when it returns. Repository names are valid ones (names.hpp).
///
/// Throws Errc::unavailable (locked for too long), exhausted (disk full), corrupt.
class Metadata {
public:
    virtual ~Metadata() = default;

    // --- reading ---------------------------------------------------------------------------------
    virtual bool has_repository(std::string_view name) = 0;
    virtual std::optional<Manifest> find_manifest(std::string_view repository,
                                                  const Digest& digest) = 0;
    /// Somebody who asked for a manifest by its digest may be about to push an index that names it,
    /// or a referrer: postpones its review if that is due soon. Comes before find_manifest().
    virtual void postpone_manifest(std::string_view repository, const Digest& digest) = 0;
    virtual std::optional<Manifest> find_tag(std::string_view repository, std::string_view tag) = 0;
    /// A blob that `repository` may give out. Postpones its review if that is due soon: who asks is
    /// about to push a manifest that names it.
    virtual std::optional<Blob> find_blob(std::string_view repository, const Digest& digest) = 0;
    /// Those of the repositories that hold it, 100 at most; for mounts without `from`.
    virtual std::vector<std::string> repositories_with_blob(const Digest& digest) = 0;
    virtual std::vector<std::string> list_repositories(const Page& page) = 0;
    /// Nothing if there is no such repository.
    virtual std::optional<std::vector<TagName>> list_tags(std::string_view repository,
                                                          const Page& page) = 0;
    /// By digest; `last` is a digest's text. Empty if nothing is there, not even the repository.
    virtual std::vector<Referrer> list_referrers(std::string_view repository, const Digest& subject,
                                                 std::string_view artifact_type,
                                                 const Page& page) = 0;
    virtual std::vector<TagChange> tag_history(std::string_view repository, std::string_view tag,
                                               std::size_t limit) = 0;
    /// Names that contain `term`, best first, and how many there are in all.
    virtual std::pair<std::vector<std::string>, std::uint64_t> search(std::string_view term,
                                                                      const Page& page) = 0;
    virtual std::optional<RepositoryUsage> usage(std::string_view repository) = 0;
    virtual std::vector<RepositoryUsage> list_usage(const Page& page) = 0;
    /// Bytes of a manifest and of what it names, as it says itself, and of its children with
    /// theirs.
    virtual std::uint64_t size_with_references(std::string_view repository,
                                               const Digest& digest) = 0;

    // --- writing ---------------------------------------------------------------------------------
    /// After its file is in place: makes it known and gives it to `repository`, which is made if
    /// need be. `quota`: throws Errc::denied if the repository would hold more bytes (0: none).
    virtual void add_blob(std::string_view repository, const Blob& blob, std::uint64_t quota) = 0;
    /// Gives a known blob to another repository; false if it is not known (any more).
    virtual bool mount_blob(std::string_view repository, const Digest& digest,
                            std::uint64_t quota) = 0;
    /// Takes it away from `repository` alone; false if it was not there.
    virtual bool remove_blob(std::string_view repository, const Digest& digest) = 0;

    /// The same for a blob that can be had from elsewhere again: manifests that name it stay, and
    /// if no other repository holds it it is marked `deleting` at once, without a review.
    virtual bool evict_blob(std::string_view repository, const Digest& digest) = 0;

    struct Put {
        std::vector<Digest> missing{};     // not empty: nothing was stored
        bool is_new = false;               // the manifest was not there before
        std::vector<TagName> moved_tags{}; // named something else before
        std::uint64_t held = 0;            // bytes, by the repository; only if it has a quota
    };
    /// Stores a manifest and points `tags` at it, all or nothing. Its references are checked in the
    /// same transaction; the subject may be missing. Throws Errc::denied if the repository would
    /// hold more than `quota` bytes (0: any number).
    virtual Put put_manifest(std::string_view repository, const NewManifest& manifest,
                             const std::vector<TagName>& tags, std::uint64_t quota = 0) = 0;
    /// Points a tag at a manifest that is there; false if it is not.
    virtual bool set_tag(std::string_view repository, std::string_view tag,
                         const Digest& digest) = 0;
    /// The digest that it named; nothing if there was no such tag.
    virtual std::optional<Digest> remove_tag(std::string_view repository, std::string_view tag) = 0;
    /// With its tags, which are returned; nothing if there was no such manifest.
    virtual std::optional<std::vector<TagName>> remove_manifest(std::string_view repository,
                                                                const Digest& digest) = 0;
    virtual bool remove_repository(std::string_view name) = 0;
    /// Everything of these at once, into new repositories or ones that were taken in before. The
    /// manifests' references are not checked: what is broken there stays broken here.
    struct Went {
        std::uint64_t tags = 0;
        std::uint64_t manifests = 0;
    };
    virtual Went take_in(std::span<const TakenRepository> repositories) = 0;

    // --- uploads ---------------------------------------------------------------------------------
    virtual void add_upload(const Upload& upload) = 0;
    virtual std::optional<Upload> find_upload(std::string_view repository, std::string_view id) = 0;
    virtual void touch_upload(std::string_view id) = 0;
    /// Before the upload's file becomes a blob's file, so that a process that dies in between
    /// leaves a trace of it.
    virtual void note_upload_digest(std::string_view id, const Digest& digest) = 0;
    virtual bool remove_upload(std::string_view id) = 0;
    virtual std::vector<Upload> list_uploads_idle_since(Timestamp time, std::size_t limit) = 0;
    /// Those that have a digest noted: at the start of a process, what others left half done.
    virtual std::vector<Upload> list_uploads_being_published() = 0;

    // --- the collector's -------------------------------------------------------------------------
    /// The next due reviews, oldest first.
    virtual std::vector<Review> due_reviews(Timestamp now, std::size_t limit) = 0;
    /// Whether what is under review is garbage, and why or why not, in words. Changes nothing.
    struct Verdict {
        bool garbage = false;
        std::string why{};
        std::uint64_t bytes = 0;    // that its going sets free
        bool with_its_file = false; // of a blob that no other repository holds
    };
    /// What a rehearsal takes for gone, though it is there.
    struct Gone {
        using Place = std::pair<std::string, Digest>; // repository ("": none holds it) and digest
        std::set<Place> manifests{};
        std::set<Place> blobs{};

        void add(const Review& review, const Verdict& verdict);
    };
    virtual Verdict judge(const Review& review, const Gone& gone) = 0;
    /// What the collection of a manifest puts under review, if it comes to that.
    virtual std::vector<Review> reviews_after(const Review& manifest) = 0;
    /// Judges once more and removes in one transaction. A manifest's rows go at once, and what it
    /// named is queued for review; a blob that nobody holds any more is marked `deleting`, so that
    /// nobody is told that it is there, until forget_blobs(). The reviews are done with. Returns
    /// what was garbage.
    virtual std::vector<Verdict> collect(std::span<const Review> reviews) = 0;
    /// Blobs marked `deleting`, also by a process that died then; after `last`.
    virtual std::vector<Blob> list_deleting(const Page& page) = 0;
    virtual bool is_deleting(const Digest& digest) = 0;
    /// Once their files are gone; those that somebody has pushed again meanwhile stay.
    virtual void forget_blobs(std::span<const Digest> digests) = 0;
    /// Queues what no event would queue any more: every untagged manifest, every blob that no
    /// manifest names. Nothing is due later than a grace period from now. Returns how many.
    virtual std::uint64_t queue_everything() = 0;
    virtual std::uint64_t pending_reviews() = 0;
    /// Forgets the history of tags that were removed before `time` and have not come back; of
    /// `limit` at most. Returns how many.
    virtual std::uint64_t forget_removed_tags(Timestamp time, std::size_t limit) = 0;

    // --- for checks and exports ------------------------------------------------------------------
    /// Every blob that is known, by digest; `last` is a digest's text.
    struct KnownBlob {
        Blob blob;
        bool deleting = false;
        bool held = false; // by a repository
    };
    virtual std::vector<KnownBlob> list_blobs(const Page& page) = 0;
    virtual std::optional<KnownBlob> find_known_blob(const Digest& digest) = 0;
    /// Makes a file known that no repository holds, so that the collector may judge it.
    virtual void adopt_blob(const Blob& blob, std::string_view reason) = 0;
    /// Its file is gone or broken: no repository holds it any more, so that it can be pushed again.
    virtual void lose_blob(const Digest& digest) = 0;
    virtual std::vector<Blob> list_repository_blobs(std::string_view repository,
                                                    const Page& page) = 0;
    virtual std::vector<ManifestEntry> list_manifests(std::string_view repository,
                                                      const Page& page) = 0;
    /// Blobs and manifests that a manifest names and its repository does not hold.
    struct Missing {
        std::string repository;
        Digest manifest;
        Reference reference;
    };
    virtual std::vector<Missing> list_missing(std::string_view repository) = 0;
    /// What is wrong with the tables themselves, in words. Reads all of them.
    virtual std::vector<std::string> check_tables() = 0;
    /// Computes what repositories hold anew.
    virtual void recount() = 0;
    /// Small facts about this registry as a whole: how far a take-in has come.
    virtual std::optional<std::string> find_note(std::string_view name) = 0;
    virtual void set_note(std::string_view name, std::string_view text) = 0;

    // --- the outbox ------------------------------------------------------------------------------
    virtual void
    add_events(const std::vector<std::pair<std::string, std::string>>& endpoint_and_event) = 0;
    /// The first of every endpoint whose turn has come; later ones of the same endpoint wait.
    virtual std::vector<OutboxEntry> due_events(Timestamp now) = 0;
    virtual void event_delivered(std::int64_t id, int status) = 0;
    virtual void event_failed(std::int64_t id, int status, std::string_view error,
                              Timestamp next) = 0;
    virtual std::vector<Delivery> list_deliveries(std::string_view endpoint, std::size_t limit) = 0;
    /// Once more, behind what waits for that endpoint; at once, if nobody has taken it yet. False
    /// if there is none of that id.
    virtual bool replay(std::int64_t delivery) = 0;
    virtual std::uint64_t pending_events(std::string_view endpoint) = 0;

    // --- for caches ------------------------------------------------------------------------------
    /// Changes whenever another process has changed anything; this one's changes do not count.
    virtual std::uint64_t foreign_changes() = 0;
};

inline void Metadata::Gone::add(const Review& review, const Verdict& verdict)
{
    (review.kind == Review::Kind::manifest ? manifests : blobs)
        .emplace(review.repository, review.digest);
    if (verdict.with_its_file) {
        blobs.emplace("", review.digest);
    }
}

/// How long something stays at least that somebody was just told of: half the grace period, but no
/// more than an hour, since a push that takes longer asks again or is told what is missing.
inline std::chrono::nanoseconds assured_after_asking(std::chrono::nanoseconds grace)
{
    return std::min<std::chrono::nanoseconds>(std::chrono::hours{1}, grace / 2);
}

/// What becomes of manifests that have lost their last tag.
enum class Untagged : std::uint8_t { keep, collect };

struct MetadataOptions {
    /// How long something must have been left alone before it is judged.
    std::chrono::seconds grace{std::chrono::hours{24}};
    Untagged untagged = Untagged::keep; // as Distribution's collector by default
};

/// SQLite, in `<root>/strata/registry.db`, where `root` is Distribution's `rootdirectory`, which it
/// makes if need be. Brings the schema up to date.
std::unique_ptr<Metadata> open_sqlite_metadata(const std::filesystem::path& root,
                                               const MetadataOptions& options = {});

} // namespace strata::registry
