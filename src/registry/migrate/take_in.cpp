// SPDX-License-Identifier: Apache-2.0
#include "registry/migrate/take_in.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "io/hash.hpp"
#include "registry/api/codes.hpp"
#include "registry/api/manifest_check.hpp"
#include "registry/migrate/links.hpp"
#include "registry/names.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace strata::registry {
namespace {

// What is noted in the metadata: how far it has come.
constexpr std::string_view kNote = "take-in";
constexpr std::string_view kDone = "done";
constexpr std::string_view kAfter = "after "; // and the last repository that is in

/// The time, in nanoseconds, until which Distribution knows all that is here.
constexpr std::string_view kSynced = "synced";

constexpr std::size_t kBatch = 64; // repositories a transaction
constexpr std::uint64_t kLargestManifest = std::uint64_t{16} << 20;

std::string media_type_of_something_like(std::string_view bytes)
{
    const auto says = [&](std::string_view text) { return bytes.find(text) != bytes.npos; };
    if (says("\"fsLayers\"")) {
        return std::string{oci::media_type::kDockerSchema1Signed};
    }
    if (says("\"manifests\"") && !says("\"layers\"")) {
        return std::string{says(oci::media_type::kDockerManifestList)
                               ? oci::media_type::kDockerManifestList
                               : oci::media_type::kIndex};
    }
    return std::string{says(oci::media_type::kDockerManifest) ? oci::media_type::kDockerManifest
                                                              : oci::media_type::kManifest};
}

/// Everything in a text that is written as a digest is written.
std::set<Digest> digests_in(std::string_view text)
{
    std::set<Digest> found;
    for (const auto algorithm : {oci::HashAlgorithm::sha256, oci::HashAlgorithm::sha512}) {
        const bool is_256 = algorithm == oci::HashAlgorithm::sha256;
        const std::string_view begin = is_256 ? "sha256:" : "sha512:";
        const std::size_t length = begin.size() + (is_256 ? 64 : 128);
        for (auto at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
            if (const auto digest = Digest::try_parse(text.substr(at, length))) {
                found.insert(*digest);
            }
        }
    }
    return found;
}

/// Reads what Distribution knows of one repository.
class Walk {
public:
    Walk(const Layout& layout, std::string name, std::optional<Timestamp> as_of,
         const TakeInOptions& options, TakenIn& counts)
        : layout_{layout}, options_{options}, counts_{counts}, taken_{.name = std::move(name)}
    {
        // Distribution removes links, never these folders: without them nothing can be known.
        const auto folder = layout_.repository(taken_.name);
        if (sys::find_status(folder / "_manifests") && sys::find_status(folder / "_layers")) {
            taken_.as_of = as_of;
        }
    }

    TakenRepository run() &&
    {
        take_layers();
        take_manifests();
        take_tags();
        counts_.blobs += taken_.blobs.size();
        counts_.manifests += taken_.manifests.size();
        counts_.tags += taken_.tags.size();
        return std::move(taken_);
    }

private:
    void report(const std::string& what)
    {
        ++counts_.problems;
        if (options_.problem) {
            options_.problem(taken_.name, what);
        }
    }

    void take_layers()
    {
        for_each_digest(layout_.layers(taken_.name), [&](const Digest& digest, const auto& folder) {
            const auto target = find_link(folder / "link");
            if (!target) {
                return; // deleted: Distribution leaves the folder
            }
            if (*target != digest && !link_other_name(digest, *target)) {
                return;
            }
            const auto status = sys::find_status(layout_.blob(digest));
            if (!status) {
                report(fmt::format("blob {} has no file", digest));
                return;
            }
            taken_.blobs.push_back({digest, static_cast<std::uint64_t>(status->st_size)});
        });
    }

    /// Distribution keeps a blob under its sha256 alone, and a link from its other name to that. We
    /// keep each name as a file, here as another name of the same one.
    bool link_other_name(const Digest& digest, const Digest& target)
    {
        const auto file = sys::find_file(layout_.blob(target), O_RDONLY);
        if (!file) {
            report(fmt::format("blob {}, which {} stands for, has no file", target, digest));
            return false;
        }
        if (digest_of(*file, digest.algorithm()) != digest) {
            report(fmt::format("{} is linked to {}, which are other bytes", digest, target));
            return false;
        }
        sys::ensure_folders(layout_.blob_folder(digest));
        std::error_code failure;
        std::filesystem::create_hard_link(layout_.blob(target), layout_.blob(digest), failure);
        if (failure && failure != std::errc::file_exists) {
            throw_system_error(failure.value(), fmt::format("link blob {}", digest));
        }
        return true;
    }

    static Digest digest_of(const sys::Fd& file, oci::HashAlgorithm algorithm)
    {
        io::Hasher hasher{algorithm == oci::HashAlgorithm::sha512 ? io::Hasher::Algorithm::sha512
                                                                  : io::Hasher::Algorithm::sha256};
        std::vector<std::byte> buffer(std::size_t{128} << 10);
        while (const std::size_t got = sys::read_full(file, buffer)) {
            hasher.update(std::span{buffer}.first(got));
        }
        return Digest::from_bytes(hasher.finish());
    }

    void take_manifests()
    {
        for_each_digest(layout_.revisions(taken_.name),
                        [&](const Digest& digest, const auto& folder) {
                            const auto target = find_link(folder / "link");
                            if (!target) {
                                return;
                            }
                            try {
                                taken_.manifests.push_back(read_manifest(digest, *target));
                            } catch (const std::exception& error) {
                                taken_.unclear_manifests.push_back(digest);
                                report(fmt::format("manifest {}: {}", digest, error.what()));
                            }
                        });
    }

    NewManifest read_manifest(const Digest& digest, const Digest& target)
    {
        const auto file = sys::find_file(layout_.blob(target), O_RDONLY);
        if (!file) {
            throw Error{Errc::not_found, "it has no file"};
        }
        auto bytes =
            std::make_shared<const std::string>(sys::read_small_file(*file, kLargestManifest));
        if (api::digest_like(digest, *bytes) != digest) {
            throw Error{Errc::corrupt, "its file holds other bytes"};
        }
        try {
            return api::understand_manifest(digest, bytes, "", rules());
        } catch (const api::Refused& refused) {
            if (bytes->find("\"schemaVersion\"") == bytes->npos) {
                throw;
            }
            report(fmt::format("manifest {} is kept as it stands: {}", digest, refused.what()));
            return as_it_stands(digest, bytes);
        }
    }

    /// Distribution has taken what we refuse when it is pushed (schema 1, a size below zero): its
    /// tags stay, and everything that it may name is kept with it.
    NewManifest as_it_stands(const Digest& digest,
                             const std::shared_ptr<const std::string>& bytes) const
    {
        NewManifest manifest{
            .digest = digest, .media_type = media_type_of_something_like(*bytes), .bytes = bytes};
        for (const Digest& named : digests_in(*bytes)) {
            const bool is_manifest = sys::find_status(layout_.revisions(taken_.name) /
                                                      Layout::link_folder(named) / "link")
                                         .has_value();
            if (named != digest) {
                manifest.references.push_back(
                    {.kind = is_manifest ? Reference::Kind::manifest : Reference::Kind::layer,
                     .digest = named,
                     .must_exist = false});
            }
        }
        return manifest;
    }

    /// What was accepted once is not judged again, but its children are told missing if they are.
    static const api::ManifestRules& rules()
    {
        static const api::ManifestRules kRules{ValidationConfig{}};
        return kRules;
    }

    void take_tags()
    {
        std::set<Digest> known;
        for (const NewManifest& manifest : taken_.manifests) {
            known.insert(manifest.digest);
        }
        const auto folder = layout_.tags(taken_.name);
        for (const std::string& tag : names_in(folder)) {
            const auto digest = find_link(folder / tag / "current/link");
            if (!is_tag_name(tag) || !digest) {
                if (sys::find_status(folder / tag / "current/link")) {
                    taken_.unclear_tags.push_back(tag);
                    report(fmt::format("tag {} has a link that names no manifest",
                                       go_quote(tag.substr(0, 200))));
                }
                continue;
            }
            if (!known.contains(*digest)) {
                taken_.unclear_tags.push_back(tag);
                report(fmt::format("tag {} names manifest {}, which is not there", tag, *digest));
                continue;
            }
            TakenRepository::Tag taken{.name = tag, .digest = *digest};
            for_each_digest(folder / tag / "index", [&](const Digest& before, const auto&) {
                if (before != *digest) {
                    taken.before.push_back(before);
                }
            });
            taken_.tags.push_back(std::move(taken));
        }
    }

    const Layout& layout_;
    const TakeInOptions& options_;
    TakenIn& counts_;
    TakenRepository taken_;
};

TakenIn take_in_after(Metadata& metadata, const std::filesystem::path& root,
                      const std::string& last, const TakeInOptions& options)
{
    const Layout layout{root};
    const auto names = repositories_below(layout);
    auto next = std::upper_bound(names.begin(), names.end(), last);
    const auto synced = parse_integer<std::int64_t>(metadata.find_note(kSynced).value_or(""));
    const auto as_of =
        synced ? std::optional{Timestamp{std::chrono::nanoseconds{*synced}}} : std::nullopt;
    TakenIn counts;
    counts.of_repositories = names.size();
    counts.repositories = static_cast<std::uint64_t>(next - names.begin());
    while (next != names.end()) {
        std::vector<TakenRepository> batch;
        for (; next != names.end() && batch.size() < kBatch; ++next) {
            if (options.stop.stop_requested()) {
                throw Error{Errc::cancelled, "taking in was interrupted",
                            "It goes on where it was at the next start."};
            }
            batch.push_back(Walk{layout, *next, as_of, options, counts}.run());
        }
        const Metadata::Went went = metadata.take_in(batch);
        counts.went.tags += went.tags;
        counts.went.manifests += went.manifests;
        metadata.set_note(kNote, fmt::format("{}{}", kAfter, batch.back().name));
        counts.repositories += batch.size();
        if (options.progress) {
            options.progress(counts);
        }
    }
    metadata.set_note(kNote, kDone);
    return counts;
}

} // namespace

void note_synced(Metadata& metadata, Timestamp time)
{
    metadata.set_note(kSynced, fmt::format("{}", time.time_since_epoch().count()));
}

bool is_taken_in(Metadata& metadata)
{
    return metadata.find_note(kNote) == kDone;
}

TakenIn take_in(Metadata& metadata, const std::filesystem::path& root, const TakeInOptions& options)
{
    const std::string note = metadata.find_note(kNote).value_or("");
    if (note == kDone) {
        return {};
    }
    const TakenIn counts = take_in_after(
        metadata, root, note.starts_with(kAfter) ? note.substr(kAfter.size()) : "", options);
    if (note.empty()) {
        note_synced(metadata, now());
    }
    return counts;
}

TakenIn take_in_again(Metadata& metadata, const std::filesystem::path& root,
                      const TakeInOptions& options)
{
    return take_in_after(metadata, root, "", options);
}

} // namespace strata::registry
