// SPDX-License-Identifier: Apache-2.0
//
// The files of a registry: blobs and unfinished uploads, where Distribution has them, so that one
// can come from it and go back to it (layout.hpp has the drawing).
#pragma once

#include "io/hash.hpp"
#include "oci/digest.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata::registry {

using oci::Digest;

/// An upload that is being written to. At most one exists for an id, in all processes: it holds a
/// lock on the file.
class UploadFile {
public:
    virtual ~UploadFile() = default;

    virtual std::uint64_t size() const noexcept = 0;
    /// Appends. Hashes as it goes, when the hash of everything before is still known.
    virtual void write(std::span<const std::byte> bytes) = 0;
    /// Forgets everything behind `size`: a chunk that was broken off, to be sent again.
    virtual void truncate(std::uint64_t size) = 0;
    /// Makes it the blob `digest`: checks it (reading the file again only if its hash is not known,
    /// say after a restart), syncs it and renames it into place. If that blob is there already the
    /// upload just goes. Throws Errc::corrupt if the bytes are others; the upload stays then.
    virtual std::uint64_t publish(const Digest& digest) = 0;
};

/// Safe to use from any thread.
class BlobFiles {
public:
    virtual ~BlobFiles() = default;

    /// An open blob and its size; nothing if there is no such file.
    struct Open {
        std::shared_ptr<const sys::Fd> file;
        std::uint64_t size = 0;
    };
    virtual std::optional<Open> open(const Digest& digest) = 0;
    /// True if it was there.
    virtual bool remove(const Digest& digest) = 0;

    virtual void create_upload(std::string_view repository, std::string_view id) = 0;
    /// Bytes that have arrived for certain.
    virtual std::optional<std::uint64_t> upload_size(std::string_view repository,
                                                     std::string_view id) = 0;
    /// Throws Errc::not_found, or Errc::conflict if somebody is writing to it now.
    virtual std::unique_ptr<UploadFile>
    open_upload(std::string_view repository, std::string_view id, oci::HashAlgorithm expected) = 0;
    virtual void remove_upload(std::string_view repository, std::string_view id) = 0;
};

/// On a local file system. `root` is Distribution's `rootdirectory`.
std::unique_ptr<BlobFiles> open_blob_files(const std::filesystem::path& root);

} // namespace strata::registry
