// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/storage/blob_files.hpp"
#include "registry/storage/layout.hpp"
#include "registry/testing/metadata_under_test.hpp"

#include <atomic>

namespace strata::registry::testing {

/// A registry in a temporary folder, and pushes to it as the HTTP interface makes them.
class PushedRegistry {
public:
    explicit PushedRegistry(const MetadataOptions& options = {})
        : metadata_{open_sqlite_metadata(dir_.path(), options)}
    {
    }

    /// Closes the metadata and opens it again.
    void open(const MetadataOptions& options)
    {
        metadata_.reset();
        metadata_ = open_sqlite_metadata(dir_.path(), options);
    }

    const std::filesystem::path& root() const { return dir_.path(); }
    const Layout& layout() const { return layout_; }
    Metadata& metadata() { return *metadata_; }
    BlobFiles& files() { return *files_; }

    Digest blob(const std::string& repository, std::string_view content)
    {
        const Upload upload{.id = fmt::format("u{}", ++uploads_),
                            .repository = repository,
                            .started = now(),
                            .touched = now()};
        metadata_->add_upload(upload);
        files_->create_upload(repository, upload.id);
        const auto file = files_->open_upload(repository, upload.id, oci::HashAlgorithm::sha256);
        file->write(std::as_bytes(std::span{content}));
        return publish_upload(*metadata_, *files_, upload, *file, Digest::of(content)).digest;
    }
    Digest manifest(const std::string& repository, const NewManifest& manifest,
                    const std::vector<TagName>& tags = {})
    {
        EXPECT_THAT(metadata_->put_manifest(repository, manifest, tags).missing,
                    ::testing::IsEmpty());
        return manifest.digest;
    }

private:
    strata::testing::TempDir dir_;
    Layout layout_{dir_.path()};
    std::unique_ptr<BlobFiles> files_ = open_blob_files(dir_.path());
    std::unique_ptr<Metadata> metadata_;
    std::atomic<int> uploads_ = 0;
};

} // namespace strata::registry::testing
