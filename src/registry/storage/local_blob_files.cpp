// SPDX-License-Identifier: Apache-2.0
#include "registry/storage/local_blob_files.hpp"

#include "base/error.hpp"
#include "base/time.hpp"
#include "sys/file.hpp"
#include "sys/lock.hpp"

#include <fcntl.h>
#include <system_error>

#include <cstring>

namespace strata::registry {

LocalBlobFiles::LocalBlobFiles(const std::filesystem::path& root) : layout_{root}
{
    sys::ensure_folders(layout_.blobs());
    sys::ensure_folders(layout_.repositories());
    sys::ensure_folders(layout_.tmp());
}

std::optional<BlobFiles::Open> LocalBlobFiles::open(const Digest& digest)
{
    auto file = sys::find_file(layout_.blob(digest), O_RDONLY);
    if (!file) {
        return std::nullopt;
    }
    const std::uint64_t size = sys::size_of(*file);
    return Open{std::make_shared<const sys::Fd>(*std::move(file)), size};
}

DigestLock LocalBlobFiles::lock(const Digest& digest)
{
    // Any 62 of its bits do: two digests that share them would only wait for each other.
    std::uint64_t position;
    std::memcpy(&position, digest.bytes().data(), sizeof position);
    sys::Fd file = sys::open_file(layout_.locks(), O_RDWR | O_CREAT, 0600);
    sys::lock_byte(file, position >> 2);
    return {digest, std::move(file)};
}

bool LocalBlobFiles::remove(const DigestLock& lock)
{
    std::error_code failure;
    const bool was_there = std::filesystem::remove(layout_.blob(lock.digest()), failure);
    if (failure) {
        throw_system_error(failure.value(), fmt::format("remove blob {}", lock.digest()));
    }
    std::filesystem::remove(layout_.blob_folder(lock.digest()), failure); // stays if not empty
    return was_there;
}

void LocalBlobFiles::write(const DigestLock& lock, std::string_view bytes)
{
    const auto temporary = layout_.tmp() / lock.digest().hex();
    sys::write_all(sys::open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644), bytes);
    sys::ensure_folders(layout_.blob_folder(lock.digest()));
    sys::rename_file(temporary, layout_.blob(lock.digest()));
}

void LocalBlobFiles::sync()
{
    sys::sync_file_system(sys::open_file(layout_.root(), O_RDONLY | O_DIRECTORY));
}

void LocalBlobFiles::create_upload(std::string_view repository, std::string_view id)
{
    const auto folder = layout_.upload(repository, id);
    sys::ensure_folders(folder);
    sys::write_all(sys::open_file(folder / "startedat", O_WRONLY | O_CREAT | O_TRUNC, 0644),
                   format_rfc3339_seconds(now()));
    sys::open_file(folder / "data", O_WRONLY | O_CREAT | O_EXCL, 0644);
}

std::optional<std::uint64_t> LocalBlobFiles::upload_size(std::string_view repository,
                                                         std::string_view id)
{
    const auto status = sys::find_status(layout_.upload(repository, id) / "data");
    return status ? std::optional{static_cast<std::uint64_t>(status->st_size)} : std::nullopt;
}

std::unique_ptr<UploadFile> LocalBlobFiles::open_upload(std::string_view repository,
                                                        std::string_view id,
                                                        oci::HashAlgorithm expected)
{
    const auto folder = layout_.upload(repository, id);
    auto file = sys::find_file(folder / "data", O_RDWR | O_NOFOLLOW);
    if (!file) {
        throw Error{Errc::not_found, fmt::format("there is no upload {}", id)};
    }
    if (!sys::try_lock(*file, sys::LockMode::exclusive)) {
        throw Error{Errc::conflict, fmt::format("upload {} is being written to", id)};
    }
    if (sys::status_of(*file).st_nlink == 0 || !sys::find_status(folder / "data")) {
        // Published or removed between our opening it and our lock.
        throw Error{Errc::not_found, fmt::format("there is no upload {}", id)};
    }
    return std::make_unique<LocalUpload>(
        LocalUpload::Place{layout_, states_, under_way_, std::string{id}, folder}, *std::move(file),
        expected);
}

void LocalBlobFiles::remove_upload(std::string_view repository, std::string_view id)
{
    states_.take(std::string{id});
    sys::remove_tree(layout_.upload(repository, id));
}

std::unique_ptr<BlobFiles> open_blob_files(const std::filesystem::path& root)
{
    return std::make_unique<LocalBlobFiles>(root);
}

} // namespace strata::registry
