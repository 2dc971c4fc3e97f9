// SPDX-License-Identifier: Apache-2.0
#include "store/restated_folders.hpp"

#include "erofs/walk.hpp"
#include "io/layer_name.hpp"
#include "store/entry_writer.hpp"
#include "store/open_folders.hpp"
#include "sys/node.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

namespace strata::store {
std::vector<std::string> restated_folders(const erofs::Reader& layer)
{
    std::set<std::string> paths;
    erofs::walk(layer, layer.root(), [&](std::string_view path, const erofs::Inode& inode) {
        if (inode.is_whiteout()) {
            const std::size_t slash = path.rfind('/');
            paths.emplace(path.substr(0, slash == std::string_view::npos ? 0 : slash));
        } else if (inode.type == io::EntryType::directory && layer.is_implied(inode)) {
            paths.emplace(path);
        }
        return erofs::Walk::on;
    });
    paths.erase("");
    return {paths.begin(), paths.end()};
}

std::string print_paths(std::span<const std::string> paths)
{
    std::string text;
    for (const std::string& path : paths) {
        text += path;
        text += '\0';
    }
    return text;
}

std::vector<std::string> parse_paths(std::string_view text)
{
    std::vector<std::string> paths;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\0'), text.size());
        paths.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return paths;
}

void copy_folders(const erofs::Reader& stack, std::span<const std::string> paths,
                  const Path& target, const ApplyOptions& unpacked)
{
    std::map<std::string, erofs::Inode> made; // a folder before what is in it
    OpenFolders folders{target, [](const sys::Node& node, OpenFolders::Components) {
                            if (auto found = sys::find_folder(node)) {
                                return std::move(*found);
                            }
                            sys::create_folder(node, 0700);
                            return sys::open_folder(node);
                        }};
    for (const std::string& path : paths) {
        for (std::size_t end = 0; end != std::string::npos;) {
            end = path.find('/', end + 1);
            const std::string part = path.substr(0, end);
            if (made.contains(part)) {
                continue;
            }
            const auto inode = stack.find(part);
            if (!inode || inode->type != io::EntryType::directory) {
                break; // a layer above removed or replaced it
            }
            folders.open(io::components_of(part));
            made.emplace(part, *inode);
        }
    }
    // Children first: making them has changed their parents' times.
    const auto writer = std::make_unique<EntryWriter>(unpacked);
    for (auto folder = made.rbegin(); folder != made.rend(); ++folder) {
        const auto components = io::components_of(folder->first);
        const sys::Node node = folders.node(components);
        const io::TarEntry entry = entry_of(stack, folder->second);
        writer->set_owner_and_xattrs(entry, node);
        EntryWriter::set_mode_and_time(entry, node);
    }
}

} // namespace strata::store
