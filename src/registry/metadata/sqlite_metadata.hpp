// SPDX-License-Identifier: Apache-2.0
//
// Metadata on SQLite. One class, since it is one contract; its parts are in files by subject.
#pragma once

#include "registry/metadata/metadata.hpp"
#include "registry/metadata/reader_pool.hpp"
#include "registry/metadata/reserve.hpp"
#include "registry/metadata/rows.hpp"
#include "registry/metadata/writer.hpp"

namespace strata::registry {

class SqliteMetadata final : public Metadata {
public:
    SqliteMetadata(const std::filesystem::path& file, const MetadataOptions& options);

    // sqlite_reading.cpp
    bool has_repository(std::string_view name) override;
    std::optional<Manifest> find_manifest(std::string_view repository,
                                          const Digest& digest) override;
    void postpone_manifest(std::string_view repository, const Digest& digest) override;
    std::optional<Manifest> find_tag(std::string_view repository, std::string_view tag) override;
    std::optional<Blob> find_blob(std::string_view repository, const Digest& digest) override;
    std::vector<std::string> repositories_with_blob(const Digest& digest) override;
    std::uint64_t foreign_changes() override { return writer_.foreign_changes(); }

    // sqlite_listing.cpp
    std::vector<std::string> list_repositories(const Page& page) override;
    std::optional<std::vector<TagName>> list_tags(std::string_view repository,
                                                  const Page& page) override;
    std::vector<Referrer> list_referrers(std::string_view repository, const Digest& subject,
                                         std::string_view artifact_type, const Page& page) override;
    std::vector<TagChange> tag_history(std::string_view repository, std::string_view tag,
                                       std::size_t limit) override;
    std::pair<std::vector<std::string>, std::uint64_t> search(std::string_view term,
                                                              const Page& page) override;
    std::optional<RepositoryUsage> usage(std::string_view repository) override;
    std::vector<RepositoryUsage> list_usage(const Page& page) override;
    std::uint64_t size_with_references(std::string_view repository, const Digest& digest) override;
    std::vector<KnownBlob> list_blobs(const Page& page) override;
    std::optional<KnownBlob> find_known_blob(const Digest& digest) override;
    std::vector<Blob> list_repository_blobs(std::string_view repository, const Page& page) override;
    std::vector<ManifestEntry> list_manifests(std::string_view repository,
                                              const Page& page) override;
    std::vector<Missing> list_missing(std::string_view repository) override;
    std::vector<std::string> check_tables() override;

    // sqlite_writing.cpp
    void add_blob(std::string_view repository, const Blob& blob, std::uint64_t quota) override;
    void adopt_blob(const Blob& blob, std::string_view reason) override;
    void lose_blob(const Digest& digest) override;
    void recount() override;
    bool mount_blob(std::string_view repository, const Digest& digest,
                    std::uint64_t quota) override;
    bool remove_blob(std::string_view repository, const Digest& digest) override;
    bool evict_blob(std::string_view repository, const Digest& digest) override;
    Put put_manifest(std::string_view repository, const NewManifest& manifest,
                     const std::vector<TagName>& tags, std::uint64_t quota) override;
    bool set_tag(std::string_view repository, std::string_view tag, const Digest& digest) override;
    std::optional<Digest> remove_tag(std::string_view repository, std::string_view tag) override;
    std::optional<std::vector<TagName>> remove_manifest(std::string_view repository,
                                                        const Digest& digest) override;
    bool remove_repository(std::string_view name) override;
    Went take_in(std::span<const TakenRepository> repositories) override;

    // sqlite_uploads.cpp
    void add_upload(const Upload& upload) override;
    std::optional<Upload> find_upload(std::string_view repository, std::string_view id) override;
    void touch_upload(std::string_view id) override;
    void note_upload_digest(std::string_view id, const Digest& digest) override;
    bool remove_upload(std::string_view id) override;
    std::vector<Upload> list_uploads_idle_since(Timestamp time, std::size_t limit) override;
    std::vector<Upload> list_uploads_being_published() override;
    std::optional<std::string> find_note(std::string_view name) override;
    void set_note(std::string_view name, std::string_view text) override;

    // sqlite_reviews.cpp
    std::vector<Review> due_reviews(Timestamp now, std::size_t limit) override;
    Verdict judge(const Review& review, const Gone& gone) override;
    std::vector<Review> reviews_after(const Review& manifest) override;
    std::vector<Verdict> collect(std::span<const Review> reviews) override;
    std::vector<Blob> list_deleting(const Page& page) override;
    bool is_deleting(const Digest& digest) override;
    void forget_blobs(std::span<const Digest> digests) override;
    std::uint64_t queue_everything() override;
    std::uint64_t pending_reviews() override;
    std::uint64_t forget_removed_tags(Timestamp time, std::size_t limit) override;

    // sqlite_outbox.cpp
    void
    add_events(const std::vector<std::pair<std::string, std::string>>& endpoint_and_event) override;
    std::vector<OutboxEntry> due_events(Timestamp now) override;
    void event_delivered(std::int64_t id, int status) override;
    void event_failed(std::int64_t id, int status, std::string_view error, Timestamp next) override;
    std::vector<Delivery> list_deliveries(std::string_view endpoint, std::size_t limit) override;
    bool replay(std::int64_t delivery) override;
    std::uint64_t pending_events(std::string_view endpoint) override;

private:
    using Reader = ReaderPool::Reader;

    /// A transaction that makes room, or leads to it: may use the reserve.
    template <typename Body>
    auto remove(db::Durability durability, Body&& body)
    {
        auto result = reserve_.with([&] { return writer_.run(durability, body); });
        reserve_.restore();
        return result;
    }

    /// When something that changes now is to be looked at.
    Timestamp due() const { return now() + options_.grace; }
    bool is_soon(Timestamp due) const;
    std::optional<Blob> postpone(std::string_view repository, const Digest& digest);
    std::optional<Blob> find_held_blob(db::Database& database, std::string_view repository,
                                       const Digest& digest, std::optional<Timestamp>& due);
    Went take_in_one(db::Database& database, const TakenRepository& taken) const;
    bool point_tag(db::Database& database, RowNumber repository, std::string_view tag,
                   RowNumber manifest, const Digest& digest) const;

    const MetadataOptions options_;
    const Reserve reserve_;
    Writer writer_;
    ReaderPool readers_;
};

} // namespace strata::registry
