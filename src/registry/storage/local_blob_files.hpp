// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/storage/blob_files.hpp"
#include "registry/storage/hash_pipeline.hpp"
#include "registry/storage/hash_states.hpp"
#include "registry/storage/layout.hpp"

namespace strata::registry {

/// Blobs and uploads on a local file system.
class LocalBlobFiles final : public BlobFiles {
public:
    explicit LocalBlobFiles(const std::filesystem::path& root);

    std::optional<Open> open(const Digest& digest) override;
    DigestLock lock(const Digest& digest) override;
    bool remove(const DigestLock& lock) override;
    void write(const DigestLock& lock, std::string_view bytes) override;
    void sync() override;

    void create_upload(std::string_view repository, std::string_view id) override;
    std::optional<std::uint64_t> upload_size(std::string_view repository,
                                             std::string_view id) override;
    std::unique_ptr<UploadFile> open_upload(std::string_view repository, std::string_view id,
                                            oci::HashAlgorithm expected) override;
    void remove_upload(std::string_view repository, std::string_view id) override;

private:
    const Layout layout_;
    HashStates states_;
    UploadCount under_way_;
};

/// What open_upload() gives.
class LocalUpload final : public UploadFile {
public:
    struct Place {
        const Layout& layout;
        HashStates& states;
        UploadCount& under_way;
        std::string id;
        std::filesystem::path folder;
    };

    /// `file` is open for reading and writing, and locked.
    LocalUpload(Place place, sys::Fd file, oci::HashAlgorithm expected);
    ~LocalUpload() override;

    std::uint64_t size() const noexcept override { return size_; }
    void write(std::span<const std::byte> bytes) override;
    std::uint64_t write_from(io::Source& source) override;
    void truncate(std::uint64_t size) override;
    void seal(const Digest& digest) override;
    void publish(const DigestLock& lock) override;

private:
    void append(std::span<const std::byte> bytes);
    std::size_t up_to_boundary(std::size_t piece) const noexcept;
    void write_inline(io::Source& source);
    void write_through(HashPipeline& pipeline, io::Source& source);
    void forget_hash() noexcept;
    Digest digest_of_all(oci::HashAlgorithm algorithm);

    const Place place_;
    sys::Fd file_;
    std::uint64_t size_ = 0;
    std::uint64_t write_back_from_ = 0; // what the kernel was not yet asked to write to the disk
    oci::HashAlgorithm algorithm_;      // of hasher_
    std::optional<io::Hasher> hasher_;  // of all bytes, if it is known
    std::optional<Digest> known_;       // their digest, once it was asked for
    std::optional<Digest> sealed_;
    bool published_ = false;
};

} // namespace strata::registry
