// SPDX-License-Identifier: Apache-2.0
//
// An upload's file. What has arrived is hashed as it is written and the kernel is asked early to
// bring it to the disk, so that in the end a short sync and a rename are all that is left.
#include "base/error.hpp"
#include "registry/storage/local_blob_files.hpp"
#include "sys/copy.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

namespace strata::registry {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{128} << 10; // still in the cache when it is hashed
constexpr std::uint64_t kWriteBackBytes = std::uint64_t{8} << 20;

io::Hasher new_hasher(oci::HashAlgorithm algorithm)
{
    return io::Hasher{algorithm == oci::HashAlgorithm::sha256 ? io::Hasher::Algorithm::sha256
                                                              : io::Hasher::Algorithm::sha512};
}

struct Filled {
    std::size_t size = 0;
    std::exception_ptr failure{}; // of the source, behind `size` good bytes

    /// False at the end of the source; throws what it has thrown.
    bool goes_on(std::size_t room) const
    {
        if (failure) {
            std::rethrow_exception(failure);
        }
        return size == room;
    }
};

/// Reads until there is no room left: the kernel takes whole pages for a third less than odd
/// pieces.
Filled fill(std::span<std::byte> room, io::Source& source)
{
    Filled filled;
    try {
        while (filled.size < room.size()) {
            const std::size_t got = source.read(room.subspan(filled.size));
            if (got == 0) {
                break;
            }
            filled.size += got;
        }
    } catch (...) {
        filled.failure = std::current_exception(); // what came before is written nevertheless
    }
    return filled;
}

/// Once a file is in it: that it is, and the folder itself, is on the disk.
void sync_blob_folder(const Layout::Path& folder)
{
    // Its parents as well, for they may be new. On ext4 and XFS the first of these writes the
    // journal for all, and the others find nothing to do.
    sys::sync_folder(folder);
    sys::sync_folder(folder.parent_path());
    sys::sync_folder(folder.parent_path().parent_path());
}

bool is_same(const struct ::stat& before, const struct ::stat& now)
{
    return before.st_ino == now.st_ino && before.st_size == now.st_size &&
           before.st_mtim.tv_sec == now.st_mtim.tv_sec &&
           before.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
}

} // namespace

LocalUpload::LocalUpload(Place place, sys::Fd file, oci::HashAlgorithm expected)
    : place_{std::move(place)}, file_{std::move(file)}, algorithm_{expected}
{
    const auto status = sys::status_of(file_);
    size_ = write_back_from_ = static_cast<std::uint64_t>(status.st_size);
    if (auto state = place_.states.take(place_.id); state && is_same(state->file, status)) {
        algorithm_ = state->algorithm;
        hasher_ = std::move(state->hasher);
    } else if (size_ == 0) {
        hasher_ = new_hasher(expected);
    }
}

LocalUpload::~LocalUpload()
{
    if (published_ || !hasher_) {
        return;
    }
    try {
        place_.states.keep(place_.id, {std::move(*hasher_), algorithm_, sys::status_of(file_)});
    } catch (const std::exception&) {
        return; // then it is hashed again in the end
    }
}

void LocalUpload::forget_hash() noexcept
{
    hasher_.reset();
    known_.reset();
    sealed_.reset();
}

/// Writes one piece, or nothing of it: what is there and what is hashed never differ.
void LocalUpload::append(std::span<const std::byte> bytes)
{
    known_.reset();
    sealed_.reset();
    try {
        sys::write_all_at(file_, bytes, size_);
    } catch (const Error&) {
        sys::resize(file_, size_);
        throw;
    }
    size_ += bytes.size();
    if (size_ - write_back_from_ >= kWriteBackBytes) {
        sys::start_write_back(file_, write_back_from_, size_ - write_back_from_);
        write_back_from_ = size_;
    }
}

/// How much to write next so that the piece after it begins where one of `piece` bytes should.
std::size_t LocalUpload::up_to_boundary(std::size_t piece) const noexcept
{
    return piece - static_cast<std::size_t>(size_ % piece);
}

void LocalUpload::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
        append(piece);
        if (hasher_) {
            hasher_->update(piece);
        }
        bytes = bytes.subspan(piece.size());
    }
}

std::uint64_t LocalUpload::write_from(io::Source& source)
{
    const std::uint64_t before = size_;
    // The first piece, which for a config or a manifest is all there is, needs no second thread.
    std::array<std::byte, std::size_t{16} << 10> first;
    const Filled filled = fill(first, source);
    write(std::span{first}.first(filled.size));
    if (filled.goes_on(first.size())) {
        const UploadCount::Entry entry{place_.under_way};
        if (hasher_ && entry.deserves_pipeline()) {
            HashPipeline pipeline{*hasher_};
            write_through(pipeline, source);
        } else {
            write_inline(source);
        }
    }
    return size_ - before;
}

void LocalUpload::write_inline(io::Source& source)
{
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
    for (;;) {
        const std::span room{buffer.get(), up_to_boundary(kPieceBytes)};
        const Filled filled = fill(room, source);
        write(room.first(filled.size));
        if (!filled.goes_on(room.size())) {
            return;
        }
    }
}

void LocalUpload::write_through(HashPipeline& pipeline, io::Source& source)
{
    for (;;) {
        const auto room = pipeline.next_buffer().first(up_to_boundary(HashPipeline::kBufferBytes));
        const Filled filled = fill(room, source);
        append(room.first(filled.size));
        pipeline.hash(filled.size);
        if (!filled.goes_on(room.size())) {
            return;
        }
    }
}

void LocalUpload::truncate(std::uint64_t size)
{
    if (size >= size_) {
        return;
    }
    forget_hash();
    sys::resize(file_, size);
    size_ = size;
    write_back_from_ = std::min(write_back_from_, size);
    if (size == 0) {
        hasher_ = new_hasher(algorithm_);
    }
}

Digest LocalUpload::digest_of_all(oci::HashAlgorithm algorithm)
{
    if (known_ && known_->algorithm() == algorithm) {
        return *known_;
    }
    if (!hasher_ || algorithm_ != algorithm) {
        io::Hasher hasher = new_hasher(algorithm);
        const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
        for (std::uint64_t at = 0; at < size_;) {
            const std::size_t got = sys::read_full_at(
                file_, {buffer.get(), std::min<std::uint64_t>(kPieceBytes, size_ - at)}, at);
            if (got == 0) {
                throw Error{Errc::corrupt, "the upload's file became shorter"};
            }
            hasher.update({buffer.get(), got});
            at += got;
        }
        hasher_ = std::move(hasher);
        algorithm_ = algorithm;
    }
    known_ = Digest::from_bytes(hasher_->finish());
    hasher_.reset(); // can only be finished once
    return *known_;
}

void LocalUpload::seal(const Digest& digest)
{
    const Digest found = digest_of_all(digest.algorithm());
    if (found != digest) {
        throw Error{Errc::corrupt,
                    fmt::format("the {} bytes of the upload are {}, not {}", size_, found, digest)};
    }
    sys::sync_data(file_);
    sealed_ = digest;
}

void LocalUpload::publish(const DigestLock& lock)
{
    if (sealed_ != lock.digest()) {
        throw Error{Errc::internal, "an upload was published before it was sealed"};
    }
    const auto target = place_.layout.blob(lock.digest());
    const auto there = sys::find_status(target);
    if (there && static_cast<std::uint64_t>(there->st_size) == size_) {
        sys::remove_file(place_.folder / "data");
    } else { // or what is there was cut off by an accident of the file system: it heals
        sys::ensure_folders(target.parent_path());
        sys::rename_file(place_.folder / "data", target);
        sync_blob_folder(target.parent_path());
    }
    published_ = true;
    try {
        sys::remove_tree(place_.folder);
    } catch (const Error&) {
        return; // an empty folder is not worth failing for: purging finds it
    }
}

} // namespace strata::registry
