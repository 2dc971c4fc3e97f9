// SPDX-License-Identifier: Apache-2.0
//
// The files of a registry: blobs and unfinished uploads, where Distribution has them, so that one
// can come from it and go back to it (layout.hpp has the drawing).
#pragma once

#include "io/source.hpp"
#include "oci/digest.hpp"
#include "registry/metadata/metadata.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace strata::registry {

using oci::Digest;

/// Nobody else, in no process, makes or removes this blob's file while it lives: a collector that
/// found it garbage, and an upload of the same bytes, wait for each other.
class DigestLock {
public:
    const Digest& digest() const noexcept { return digest_; }

private:
    friend class LocalBlobFiles;
    DigestLock(const Digest& digest, sys::Fd file) : digest_{digest}, file_{std::move(file)} {}
    Digest digest_;
    sys::Fd file_;
};

/// An upload that is being written to. At most one exists for an id, in all processes: it holds a
/// lock on the file.
class UploadFile {
public:
    virtual ~UploadFile() = default;

    virtual std::uint64_t size() const noexcept = 0;
    /// Appends. Hashes as it goes, when the hash of everything before is still known. When it
    /// throws (Errc::exhausted: disk full), size() says how much of it was taken.
    virtual void write(std::span<const std::byte> bytes) = 0;
    /// Appends all of `source`; the faster way for much, because it hashes what has arrived while
    /// more arrives. What had arrived before it threw stays.
    virtual std::uint64_t write_from(io::Source& source) = 0;
    /// Forgets everything behind `size`: a chunk that was broken off, to be sent again.
    virtual void truncate(std::uint64_t size) = 0;

    /// Checks that these bytes are `digest`'s (reading the file again only if its hash is not
    /// known, say after a restart), and puts them on the disk. Throws Errc::corrupt if they are
    /// others; the upload stays then.
    virtual void seal(const Digest& digest) = 0;
    /// Renames what was sealed into place. If that blob is there already the upload just goes.
    virtual void publish(const DigestLock& lock) = 0;
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
    virtual DigestLock lock(const Digest& digest) = 0; // waits
    /// True if it was there.
    virtual bool remove(const DigestLock& lock) = 0;
    /// A blob from memory: a manifest that is written back for Distribution. On the disk once
    /// sync() returns: there are many.
    virtual void write(const DigestLock& lock, std::string_view bytes) = 0;
    virtual void sync() = 0;

    virtual void create_upload(std::string_view repository, std::string_view id) = 0;
    /// Bytes that have arrived for certain.
    virtual std::optional<std::uint64_t> upload_size(std::string_view repository,
                                                     std::string_view id) = 0;
    /// Throws Errc::not_found, or Errc::conflict if somebody is writing to it now.
    virtual std::unique_ptr<UploadFile>
    open_upload(std::string_view repository, std::string_view id, oci::HashAlgorithm expected) = 0;
    virtual void remove_upload(std::string_view repository, std::string_view id) = 0;
};

/// Makes an upload a blob of `repository`, in the one order that is right wherever the process is
/// killed: notes the intent, seals, and under the digest's lock renames and makes it known. The
/// upload is gone then. Throws Errc::corrupt (other bytes), denied (`quota`, 0 for none), exhausted
/// (the disk); the upload stays.
Blob publish_upload(Metadata& metadata, BlobFiles& files, const Upload& upload, UploadFile& file,
                    const Digest& digest, std::uint64_t quota = 0);

/// What a killed process left between rename and acknowledgement goes away. Once, at the start.
void recover_uploads(Metadata& metadata, BlobFiles& files);

/// On a local file system. `root` is Distribution's `rootdirectory`.
std::unique_ptr<BlobFiles> open_blob_files(const std::filesystem::path& root);

} // namespace strata::registry
