// SPDX-License-Identifier: Apache-2.0
//
// What every implementation of Metadata does. A second one includes this and instantiates it:
//
//     INSTANTIATE_TEST_SUITE_P(postgres, MetadataContract, Values(MetadataUnderTest{"postgres",
//     open}));
#pragma once

#include "registry/metadata/metadata.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <thread>

namespace strata::registry::testing {

struct MetadataUnderTest {
    std::string name;
    std::unique_ptr<Metadata> (*open)(const std::filesystem::path& root, const MetadataOptions&);

    friend std::ostream& operator<<(std::ostream& out, const MetadataUnderTest& under_test)
    {
        return out << under_test.name;
    }
};

/// A manifest of these bytes that names these things.
struct TinyManifest {
    explicit TinyManifest(std::string text) { with_bytes(std::move(text)); }

    TinyManifest&& config(const Digest& digest) &&
    {
        return std::move(*this).refers(Reference::Kind::config, digest);
    }
    TinyManifest&& layer(const Digest& digest) &&
    {
        return std::move(*this).refers(Reference::Kind::layer, digest);
    }
    TinyManifest&& child(const Digest& digest) &&
    {
        return std::move(*this).refers(Reference::Kind::manifest, digest);
    }
    TinyManifest&& foreign_layer(const Digest& digest) &&
    {
        manifest.references.push_back(
            {.kind = Reference::Kind::layer, .digest = digest, .size = 1, .must_exist = false});
        return std::move(*this);
    }
    TinyManifest&& subject(const Digest& digest) &&
    {
        manifest.subject = digest;
        return std::move(*this);
    }
    TinyManifest&& artifact_type(std::string type) &&
    {
        manifest.artifact_type = std::move(type);
        return std::move(*this);
    }
    operator NewManifest() && { return std::move(manifest); } // NOLINT: it is one

private:
    void with_bytes(std::string text)
    {
        manifest.digest = Digest::of(text);
        manifest.bytes = std::make_shared<const std::string>(std::move(text));
    }
    TinyManifest&& refers(Reference::Kind kind, const Digest& digest) &&
    {
        manifest.references.push_back({.kind = kind, .digest = digest, .size = 1});
        return std::move(*this);
    }

    NewManifest manifest{.digest = Digest::of(std::string_view{}),
                         .media_type = "application/vnd.oci.image.manifest.v1+json",
                         .bytes = {}};
};

class MetadataContract : public ::testing::TestWithParam<MetadataUnderTest> {
protected:
    Metadata& db() { return *metadata_; }

    /// Closes it and opens it again.
    void open(const MetadataOptions& options)
    {
        metadata_.reset();
        metadata_ = GetParam().open(dir_.path(), options);
    }
    std::unique_ptr<Metadata> open_second() const { return GetParam().open(dir_.path(), {}); }

    Digest blob(std::string_view repository, std::string_view content)
    {
        db().add_blob(repository, {Digest::of(content), content.size()}, 0);
        return Digest::of(content);
    }
    Digest put(std::string_view repository, const NewManifest& manifest,
               const std::vector<TagName>& tags = {})
    {
        EXPECT_THAT(db().put_manifest(repository, manifest, tags).missing, ::testing::IsEmpty());
        return manifest.digest;
    }

    /// Collects until nothing is due, as a collector would, and says what went.
    std::vector<std::string> collect()
    {
        std::vector<std::string> gone;
        for (;;) {
            const auto reviews = db().due_reviews(now(), 100);
            if (reviews.empty()) {
                return gone;
            }
            const auto verdicts = db().collect(reviews);
            for (std::size_t i = 0; i < reviews.size(); ++i) {
                if (verdicts[i].garbage) {
                    gone.push_back(reviews[i].digest.str());
                }
            }
            for (const Blob& blob : db().list_deleting({})) {
                db().forget_blobs({&blob.digest, 1});
            }
        }
    }

    static constexpr MetadataOptions kAtOnce{.grace = std::chrono::seconds{0}};
    static constexpr MetadataOptions kUntaggedToo{.grace = std::chrono::seconds{0},
                                                  .untagged = Untagged::collect};

private:
    strata::testing::TempDir dir_;
    std::unique_ptr<Metadata> metadata_ = GetParam().open(dir_.path(), {});
};

} // namespace strata::registry::testing
