// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/storage/blob_files.hpp"

namespace strata::registry {
namespace {

/// Under the lock: the file of a blob that is not known was put there by whoever failed or died.
void remove_unless_known(Metadata& metadata, BlobFiles& files, const DigestLock& lock)
{
    if (!metadata.find_known_blob(lock.digest())) {
        files.remove(lock);
    }
}

} // namespace

Blob publish_upload(Metadata& metadata, BlobFiles& files, const Upload& upload, UploadFile& file,
                    const Digest& digest, std::uint64_t quota)
{
    const Blob blob{digest, file.size()};
    file.seal(digest);
    metadata.note_upload_digest(upload.id, digest);
    {
        const DigestLock lock = files.lock(digest);
        file.publish(lock);
        try {
            metadata.add_blob(upload.repository, blob, quota);
        } catch (...) {
            remove_unless_known(metadata, files, lock);
            metadata.remove_upload(upload.id);
            throw;
        }
    }
    metadata.remove_upload(upload.id);
    return blob;
}

void recover_uploads(Metadata& metadata, BlobFiles& files)
{
    for (const Upload& upload : metadata.list_uploads_being_published()) {
        // Whoever is between the rename and the acknowledgement holds this lock.
        const DigestLock lock = files.lock(*upload.digest);
        if (files.upload_size(upload.repository, upload.id)) {
            continue; // not renamed yet: it can be resumed, or expires
        }
        remove_unless_known(metadata, files, lock);
        metadata.remove_upload(upload.id);
        files.remove_upload(upload.repository, upload.id);
    }
}

} // namespace strata::registry
