// SPDX-License-Identifier: Apache-2.0
#include "store/data_root.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"
#include "sys/host.hpp"
#include "sys/lock.hpp"
#include "sys/pending_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

namespace strata::store {
namespace {

// Everything that Layout puts directly into a data root.
constexpr std::array<std::string_view, 12> kNames{
    "blobs",  "cache",     "containers",    "driver",        "layers", "reserve",
    "stacks", "strata.db", "strata.db-shm", "strata.db-wal", "tmp",    "volumes"};

// And into a run root.
constexpr std::array<std::string_view, 5> kRunNames{"containers", "lock", "ns", "runtime",
                                                    "stacks"};

bool holds_only(const Path& path, std::span<const std::string_view> names)
{
    const auto folder = sys::find_file(path, O_RDONLY | O_DIRECTORY);
    return folder && std::ranges::all_of(sys::sorted_names(*folder), [&](const std::string& name) {
               return std::ranges::find(names, name) != names.end() || name == "lost+found";
           });
}

std::string trimmed(std::string text)
{
    text.erase(
        std::find_if_not(text.rbegin(), text.rend(), [](char c) { return c == '\n' || c == ' '; })
            .base(),
        text.end());
    return text;
}

void check_owner(const Layout& layout, const sys::Fd& root)
{
    if (const auto owner = sys::status_of(root).st_uid; owner != ::geteuid()) {
        throw Error{Errc::denied,
                    fmt::format("the data root '{}' belongs to user {}, not to user {}",
                                layout.root.native(), owner, ::geteuid()),
                    "Use another with --root, or run as its owner."};
    }
}

/// The recorded driver, if the root is complete. Opening the folder first tells ours from
/// forbidden.
std::optional<std::string> find_driver(const Layout& layout)
{
    const auto file = sys::find_file(layout.driver(), O_RDONLY);
    if (!file) {
        return std::nullopt;
    }
    std::string name = trimmed(sys::read_small_file(*file, 4096));
    if (name.empty()) {
        throw Error{Errc::corrupt, fmt::format("'{}' is empty", layout.driver().native())};
    }
    return name;
}

sys::Fd open_or_make_root(const Layout& layout)
{
    if (auto root = sys::find_file(layout.root, O_RDONLY | O_DIRECTORY)) {
        return std::move(*root);
    }
    // It may have come into being a moment ago.
    if (const auto status = sys::find_status(layout.root); status && !S_ISDIR(status->st_mode)) {
        throw Error{Errc::conflict,
                    fmt::format("the data root '{}' is not a folder", layout.root.native())};
    }
    sys::ensure_folders(layout.root.parent_path(), 0755);
    sys::ensure_folders(layout.root, 0710);
    return sys::open_file(layout.root, O_RDONLY | O_DIRECTORY);
}

void make_folders(const Layout& layout)
{
    // sync_folder() of the root comes with the driver file, which is last.
    for (const Path& folder :
         {layout.root / "blobs", layout.blobs(), layout.layers(), layout.stacks(), layout.tmp()}) {
        sys::ensure_folders(folder, 0700);
    }
    for (const Path& folder : {layout.containers(), layout.root / "volumes"}) {
        sys::ensure_folders(folder, 0710);
    }
    sys::sync_folder(layout.root / "blobs");
}

/// Whether `inner` is `outer` or lies in it; neither need be there.
bool lies_in(const Path& inner, const Path& outer)
{
    const auto [end_of_outer, at] =
        std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return end_of_outer == outer.end();
}

/// Symlinks resolved, no slash at the end.
Path resolved(const Path& path)
{
    Path found = std::filesystem::weakly_canonical(path);
    return found.has_filename() ? found : found.parent_path();
}

} // namespace

void check_roots_are_apart(const Layout& layout)
{
    const Path root = resolved(layout.root);
    const Path run_root = resolved(layout.run_root);
    if (lies_in(run_root, root) || lies_in(root, run_root)) {
        throw Error{Errc::invalid_argument,
                    fmt::format("the data root '{}' and the run root '{}' are the same folder, or "
                                "one lies in the other",
                                layout.root.native(), layout.run_root.native()),
                    "Choose folders beside each other with --root and --run-root."};
    }
}

void check_driver(const Layout& layout, const std::string& has,
                  const std::optional<std::string>& wanted)
{
    if (wanted && *wanted != has) {
        throw Error{
            Errc::conflict,
            fmt::format("the data root '{}' was made with the storage driver '{}', not '{}'",
                        layout.root.native(), has, *wanted),
            "To convert it, save the images with 'strata save', run 'strata system reset --force', "
            "and load them "
            "with the other driver."};
    }
}

std::optional<std::string> driver_of_layers(const Layout& layout)
{
    const auto layers = sys::find_file(layout.layers(), O_RDONLY | O_DIRECTORY);
    if (!layers) {
        return std::nullopt;
    }
    for (const std::string& name : sys::sorted_names(*layers)) {
        const auto has = [&](std::string_view file) {
            return sys::find_status(layout.layers() / name / file).has_value();
        };
        if (has("tar")) {
            return "erofs";
        }
        if (has("tar.zst")) {
            return has("tree") || has("tree.user") ? "overlay" : "vfs";
        }
    }
    return std::nullopt;
}

bool holds_only_ours(const Layout& layout)
{
    return holds_only(layout.root, kNames);
}

bool run_root_holds_only_ours(const Layout& layout)
{
    return holds_only(layout.run_root, kRunNames);
}

std::string ensure_data_root(const Layout& layout, const std::optional<std::string>& wanted,
                             const std::function<std::string()>& choose)
{
    const sys::Fd root = open_or_make_root(layout);
    check_owner(layout, root);
    if (const auto driver = find_driver(layout)) {
        check_driver(layout, *driver, wanted);
        return *driver;
    }
    sys::lock(root, sys::LockMode::exclusive);
    if (const auto driver = find_driver(layout)) { // somebody was faster
        check_driver(layout, *driver, wanted);
        return *driver;
    }
    if (!holds_only_ours(layout)) {
        throw Error{Errc::conflict,
                    fmt::format("'{}' is not a data root of Strata: other things are in it",
                                layout.root.native()),
                    "Use an empty folder, or one that does not exist yet."};
    }
    make_folders(layout);
    std::string driver = choose();
    sys::PendingFile file = sys::PendingFile::create(layout.tmp());
    sys::write_all(file.fd(), driver + "\n");
    file.commit(layout.driver(), 0600);
    return driver;
}

} // namespace strata::store
