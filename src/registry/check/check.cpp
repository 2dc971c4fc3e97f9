// SPDX-License-Identifier: Apache-2.0
#include "registry/check/check.hpp"

#include "base/error.hpp"
#include "io/hash.hpp"
#include "registry/migrate/links.hpp"
#include "sys/file.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

using Kind = Problem::Kind;

/// An upload that has just begun has a folder before it has a row, or the other way round.
constexpr std::chrono::hours kSettled{1};

class Check {
public:
    Check(Metadata& metadata, BlobFiles& files, const std::filesystem::path& root,
          const CheckOptions& options)
        : metadata_{metadata}, files_{files}, layout_{root}, options_{options}
    {
    }

    CheckResult run() &&
    {
        check_tables();
        check_blobs();
        check_files();
        check_repositories();
        check_uploads();
        return result_;
    }

private:
    bool repairs() const { return options_.repair == CheckOptions::Repair::yes; }

    void report(Kind kind, std::string what, bool repaired)
    {
        ++result_.problems;
        result_.repaired += repaired ? 1 : 0;
        if (options_.found) {
            options_.found({kind, std::move(what), repaired});
        }
    }

    void stop_if_asked() const
    {
        if (options_.stop.stop_requested()) {
            throw Error{Errc::cancelled, "the check was interrupted"};
        }
    }

    void check_tables()
    {
        auto problems = metadata_.check_tables();
        if (!problems.empty() && repairs()) {
            metadata_.recount();
        }
        const auto left = repairs() && !problems.empty() ? metadata_.check_tables() : problems;
        for (std::string& problem : problems) {
            const bool repaired = std::find(left.begin(), left.end(), problem) == left.end();
            report(Kind::tables, std::move(problem), repaired);
        }
    }

    // --- blobs -----------------------------------------------------------------------------------

    void check_blobs()
    {
        Page page{.limit = 1000};
        for (;;) {
            const auto blobs = metadata_.list_blobs(page);
            for (const auto& known : blobs) {
                if (!known.deleting) {
                    check_blob(known.blob);
                }
            }
            if (blobs.size() < page.limit) {
                return;
            }
            page.last = blobs.back().blob.digest.str();
        }
    }

    void check_blob(const Blob& blob)
    {
        stop_if_asked();
        ++result_.blobs;
        if (what_is_wrong_with(blob)) {
            confirm(blob);
        }
        if (options_.progress) {
            options_.progress(result_.blobs, result_.bytes);
        }
    }

    struct Finding {
        Kind kind;
        std::string what;
    };
    std::optional<Finding> what_is_wrong_with(const Blob& blob)
    {
        const auto file = files_.open(blob.digest);
        if (!file) {
            return Finding{Kind::lost_blob, fmt::format("blob {} has no file", blob.digest)};
        }
        if (file->size != blob.size) {
            return Finding{Kind::broken_blob, fmt::format("blob {} has {} bytes; its file {}",
                                                          blob.digest, blob.size, file->size)};
        }
        if (options_.contents == CheckOptions::Contents::hash_again &&
            digest_of(*file->file, blob.digest.algorithm()) != blob.digest) {
            return Finding{Kind::broken_blob,
                           fmt::format("the file of blob {} holds other bytes", blob.digest)};
        }
        return std::nullopt;
    }

    Digest digest_of(const sys::Fd& file, oci::HashAlgorithm algorithm)
    {
        io::Hasher hasher{algorithm == oci::HashAlgorithm::sha512 ? io::Hasher::Algorithm::sha512
                                                                  : io::Hasher::Algorithm::sha256};
        buffer_.resize(std::size_t{256} << 10);
        while (const std::size_t got = sys::read_full(file, buffer_)) {
            stop_if_asked();
            hasher.update(std::span{buffer_}.first(got));
            result_.bytes += got;
        }
        return Digest::from_bytes(hasher.finish());
    }

    /// Once more, with nobody else at it.
    void confirm(const Blob& blob)
    {
        const DigestLock lock = files_.lock(blob.digest);
        const auto known = metadata_.find_known_blob(blob.digest);
        if (!known || known->deleting) {
            return;
        }
        auto finding = what_is_wrong_with(known->blob);
        if (!finding) {
            return;
        }
        if (repairs()) {
            metadata_.lose_blob(blob.digest);
            files_.remove(lock);
        }
        report(finding->kind, std::move(finding->what), repairs());
    }

    // --- files -----------------------------------------------------------------------------------

    void check_files()
    {
        for (const std::string& algorithm : names_in(layout_.blobs())) {
            for (const std::string& prefix : names_in(layout_.blobs() / algorithm)) {
                for (const std::string& hex : names_in(layout_.blobs() / algorithm / prefix)) {
                    stop_if_asked();
                    check_file(layout_.blobs() / algorithm / prefix / hex,
                               fmt::format("{}:{}", algorithm, hex));
                }
            }
        }
    }

    void check_file(const std::filesystem::path& folder, const std::string& name)
    {
        const auto digest = Digest::try_parse(name);
        if (!digest || layout_.blob_folder(*digest) != folder) {
            report(Kind::unknown_file, fmt::format("{} is no blob's folder", folder.native()),
                   false);
            return;
        }
        if (metadata_.find_known_blob(*digest)) {
            return;
        }
        const DigestLock lock = files_.lock(*digest);
        const auto file = files_.open(*digest);
        if (!file || metadata_.find_known_blob(*digest)) {
            return; // removed or made known meanwhile
        }
        if (repairs()) {
            metadata_.adopt_blob({*digest, file->size}, "found by a check");
        }
        report(Kind::unknown_file, fmt::format("the file of blob {} is known to nobody", *digest),
               repairs());
    }

    // --- manifests -------------------------------------------------------------------------------

    void check_repositories()
    {
        Page page{.limit = 1000};
        for (;;) {
            const auto names = metadata_.list_repositories(page);
            for (const std::string& name : names) {
                stop_if_asked();
                check_repository(name);
            }
            if (names.size() < page.limit) {
                return;
            }
            page.last = names.back();
        }
    }

    void check_repository(const std::string& name)
    {
        for (const Metadata::Missing& missing : metadata_.list_missing(name)) {
            report(Kind::missing_reference,
                   fmt::format(
                       "manifest {}@{} names {} {}, which is not there", name, missing.manifest,
                       missing.reference.kind == Reference::Kind::manifest ? "manifest" : "blob",
                       missing.reference.digest),
                   false);
        }
        Page page{.limit = 1000};
        for (;;) {
            const auto manifests = metadata_.list_manifests(name, page);
            for (const ManifestEntry& manifest : manifests) {
                check_manifest(name, manifest.digest);
            }
            if (manifests.size() < page.limit) {
                return;
            }
            page.last = manifests.back().digest.str();
        }
    }

    void check_manifest(const std::string& name, const Digest& digest)
    {
        ++result_.manifests;
        if (options_.contents == CheckOptions::Contents::trust) {
            return;
        }
        const auto manifest = metadata_.find_manifest(name, digest);
        if (!manifest) {
            return;
        }
        io::Hasher hasher{digest.algorithm() == oci::HashAlgorithm::sha512
                              ? io::Hasher::Algorithm::sha512
                              : io::Hasher::Algorithm::sha256};
        hasher.update(*manifest->bytes);
        if (Digest::from_bytes(hasher.finish()) != digest) {
            report(Kind::broken_manifest,
                   fmt::format("manifest {}@{} holds other bytes", name, digest), false);
        }
    }

    // --- uploads ---------------------------------------------------------------------------------

    void check_uploads()
    {
        constexpr std::size_t kMany = 1'000'000;
        for (const Upload& upload : metadata_.list_uploads_idle_since(now() - kSettled, kMany)) {
            if (!files_.upload_size(upload.repository, upload.id)) {
                if (repairs()) {
                    metadata_.remove_upload(upload.id);
                }
                report(Kind::stale_upload,
                       fmt::format("upload {} of {} has no file", upload.id, upload.repository),
                       repairs());
            }
        }
        for (const UploadFolder& folder : uploads_below(layout_)) {
            check_upload_folder(folder);
        }
    }

    void check_upload_folder(const UploadFolder& upload)
    {
        const auto folder = layout_.uploads(upload.repository) / upload.id;
        const auto status = sys::find_status(folder);
        if (!status || metadata_.find_upload(upload.repository, upload.id)) {
            return;
        }
        const Timestamp changed{std::chrono::seconds{status->st_mtim.tv_sec}};
        if (changed > now() - kSettled) {
            return;
        }
        if (repairs()) {
            sys::remove_tree(folder);
        }
        report(Kind::stale_upload,
               fmt::format("the files of upload {} of {} are known to nobody", upload.id,
                           upload.repository),
               repairs());
    }

    Metadata& metadata_;
    BlobFiles& files_;
    const Layout layout_;
    const CheckOptions& options_;
    CheckResult result_;
    std::vector<std::byte> buffer_;
};

} // namespace

CheckResult check_registry(Metadata& metadata, BlobFiles& files, const std::filesystem::path& root,
                           const CheckOptions& options)
{
    return Check{metadata, files, root, options}.run();
}

} // namespace strata::registry
