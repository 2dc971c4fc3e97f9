// SPDX-License-Identifier: Apache-2.0
#include "registry/migrate/links.hpp"

#include "base/error.hpp"
#include "registry/names.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace strata::registry {

using std::filesystem::path;

std::optional<oci::Digest> find_link(const path& file)
{
    const auto link = sys::find_file(file, O_RDONLY | O_NOFOLLOW);
    if (!link) {
        return std::nullopt;
    }
    constexpr ::off_t kLongest = 1024;
    const struct ::stat status = sys::status_of(*link);
    if (!S_ISREG(status.st_mode) || status.st_size > kLongest) {
        return std::nullopt; // no digest is that long; what a crash left of a file may be
    }
    std::string text = sys::read_small_file(*link, kLongest);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    return oci::Digest::try_parse(text);
}

void write_link(const path& file, const oci::Digest& digest)
{
    if (find_link(file) == digest) {
        return;
    }
    sys::ensure_folders(file.parent_path());
    const path temporary = file.native() + ".new";
    sys::write_all(sys::open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644), digest.str());
    sys::rename_file(temporary, file);
}

std::vector<std::string> names_in(const path& folder)
{
    // No link is followed: a circle of them would never end.
    const auto status = sys::find_status(folder);
    if (!status || !S_ISDIR(status->st_mode)) {
        return {};
    }
    const auto opened = sys::find_file(folder, O_RDONLY | O_DIRECTORY);
    return opened ? sys::sorted_names(*opened) : std::vector<std::string>{};
}

void for_each_digest(const path& folder,
                     const std::function<void(const oci::Digest&, const path&)>& visit)
{
    for (const std::string& algorithm : names_in(folder)) {
        for (const std::string& hex : names_in(folder / algorithm)) {
            if (const auto digest = oci::Digest::try_parse(fmt::format("{}:{}", algorithm, hex))) {
                visit(*digest, folder / algorithm / hex);
            }
        }
    }
}

namespace {

/// Calls `visit` with every folder that may be a repository, its name, and the names in it.
template <typename Visit>
void for_each_folder(const path& folder, const std::string& name, Visit& visit)
{
    constexpr std::size_t kLongestName = 255;
    if (name.size() > kLongestName) {
        return;
    }
    const auto children = names_in(folder);
    visit(folder, name, children);
    for (const std::string& child : children) {
        if (!child.starts_with('_')) {
            for_each_folder(folder / child,
                            name.empty() ? child : fmt::format("{}/{}", name, child), visit);
        }
    }
}

bool contains(const std::vector<std::string>& sorted, std::string_view name)
{
    return std::binary_search(sorted.begin(), sorted.end(), name);
}

} // namespace

std::vector<std::string> repositories_below(const Layout& layout)
{
    std::vector<std::string> found;
    auto visit = [&](const path&, const std::string& name,
                     const std::vector<std::string>& children) {
        if ((contains(children, "_manifests") || contains(children, "_layers")) &&
            is_repository_name(name)) {
            found.push_back(name);
        }
    };
    for_each_folder(layout.repositories(), "", visit);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<UploadFolder> uploads_below(const Layout& layout)
{
    std::vector<UploadFolder> found;
    auto visit = [&](const path& folder, const std::string& name,
                     const std::vector<std::string>& children) {
        if (contains(children, "_uploads")) {
            for (std::string& id : names_in(folder / "_uploads")) {
                found.push_back({name, std::move(id)});
            }
        }
    };
    for_each_folder(layout.repositories(), "", visit);
    return found;
}

} // namespace strata::registry
