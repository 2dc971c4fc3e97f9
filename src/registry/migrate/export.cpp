// SPDX-License-Identifier: Apache-2.0
#include "registry/migrate/export.hpp"

#include "base/error.hpp"
#include "registry/migrate/links.hpp"
#include "registry/migrate/take_in.hpp"
#include "sys/file.hpp"

#include <set>

namespace strata::registry {
namespace {

constexpr std::size_t kPage = 1000;

/// Calls `list(page)` again and again, and `visit` with what it gives; `key` is what a page goes on
/// after.
template <typename List, typename Key, typename Visit>
void for_each_in_pages(List&& list, Key&& key, Visit&& visit)
{
    Page page{.limit = kPage};
    for (;;) {
        const auto entries = list(page);
        for (const auto& entry : entries) {
            visit(entry);
        }
        if (entries.size() < page.limit) {
            return;
        }
        page.last = key(entries.back());
    }
}

class RepositoryExport {
public:
    RepositoryExport(Metadata& metadata, BlobFiles& files, const Layout& layout, std::string name,
                     Exported& counts)
        : metadata_{metadata}
        , files_{files}
        , layout_{layout}
        , name_{std::move(name)}
        , counts_{counts}
    {
    }

    void run()
    {
        write_layers();
        write_manifests();
        write_tags();
        ++counts_.repositories;
    }

private:
    void write_layers()
    {
        std::set<Digest> known;
        for_each_in_pages(
            [&](const Page& page) { return metadata_.list_repository_blobs(name_, page); },
            [](const Blob& blob) { return blob.digest.str(); },
            [&](const Blob& blob) {
                known.insert(blob.digest);
                write_link(layout_.layers(name_) / Layout::link_folder(blob.digest) / "link",
                           blob.digest);
                ++counts_.blobs;
            });
        remove_others(layout_.layers(name_), known);
    }

    void write_manifests()
    {
        std::set<Digest> known;
        for_each_in_pages([&](const Page& page) { return metadata_.list_manifests(name_, page); },
                          [](const ManifestEntry& manifest) { return manifest.digest.str(); },
                          [&](const ManifestEntry& manifest) {
                              if (!write_manifest_file(manifest)) {
                                  return; // removed meanwhile
                              }
                              known.insert(manifest.digest);
                              write_link(layout_.revisions(name_) /
                                             Layout::link_folder(manifest.digest) / "link",
                                         manifest.digest);
                              ++counts_.manifests;
                          });
        remove_others(layout_.revisions(name_), known);
    }

    /// A manifest is a blob for Distribution. Known before it is written, so that it goes with the
    /// last manifest of that digest.
    bool write_manifest_file(const ManifestEntry& entry)
    {
        const DigestLock lock = files_.lock(entry.digest);
        if (const auto there = files_.open(entry.digest); there && there->size == entry.size) {
            return true;
        }
        const auto manifest = metadata_.find_manifest(name_, entry.digest);
        if (!manifest) {
            return false;
        }
        metadata_.adopt_blob({entry.digest, entry.size}, "exported");
        files_.write(lock, *manifest->bytes);
        return true;
    }

    void write_tags()
    {
        std::set<TagName> known;
        for_each_in_pages(
            [&](const Page& page) {
                return metadata_.list_tags(name_, page).value_or(std::vector<TagName>{});
            },
            [](const TagName& tag) { return tag; },
            [&](const TagName& tag) {
                const auto manifest = metadata_.find_tag(name_, tag);
                if (!manifest) {
                    return;
                }
                known.insert(tag);
                const auto folder = layout_.tags(name_) / tag;
                const auto entry = Layout::link_folder(manifest->digest) / "link";
                write_link(folder / "index" / entry, manifest->digest);
                write_link(folder / "current/link", manifest->digest);
                ++counts_.tags;
            });
        for (const std::string& tag : names_in(layout_.tags(name_))) {
            if (!known.contains(tag)) {
                sys::remove_tree(layout_.tags(name_) / tag);
            }
        }
    }

    static void remove_others(const std::filesystem::path& links, const std::set<Digest>& known)
    {
        for_each_digest(links, [&](const Digest& digest, const std::filesystem::path& folder) {
            if (!known.contains(digest)) {
                sys::remove_tree(folder);
            }
        });
    }

    Metadata& metadata_;
    BlobFiles& files_;
    const Layout& layout_;
    const std::string name_;
    Exported& counts_;
};

} // namespace

Exported export_links(Metadata& metadata, BlobFiles& files, const std::filesystem::path& root,
                      const ExportOptions& options)
{
    const Layout layout{root};
    const Timestamp begun = now();
    Exported counts;
    for_each_in_pages([&](const Page& page) { return metadata.list_repositories(page); },
                      [](const std::string& name) { return name; },
                      [&](const std::string& name) {
                          if (options.stop.stop_requested()) {
                              throw Error{Errc::cancelled, "the export was interrupted",
                                          "Repeat it before Distribution serves the directory."};
                          }
                          RepositoryExport{metadata, files, layout, name, counts}.run();
                          if (options.progress) {
                              options.progress(counts);
                          }
                      });
    for (const std::string& name : repositories_below(layout)) {
        if (!metadata.has_repository(name)) {
            sys::remove_tree(layout.repository(name) / "_manifests");
            sys::remove_tree(layout.repository(name) / "_layers");
        }
    }
    files.sync();
    note_synced(metadata, begun);
    return counts;
}

} // namespace strata::registry
