// SPDX-License-Identifier: Apache-2.0
#include "erofs/layer_tree.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"
#include "erofs/xattr_name.hpp"
#include "io/layer_name.hpp"
#include "io/printable.hpp"

#include <vector>

namespace strata::erofs {

namespace {

// A layer may take 64 MiB and 200 bytes a member. A name and its inode take 68 bytes and some for
// the table; these are the rest, for texts and for parents that have no member of their own.
constexpr std::uint64_t kFreeText = 48 << 20;
constexpr std::uint64_t kTextPerMember = 80;
constexpr std::uint64_t kFreeImplied = 1 << 16;
constexpr std::uint64_t kMembersPerImplied = 2;

} // namespace

void LayerTree::put_node(std::string_view path, const TreeNode& node)
{
    put(path, tree_.add_node(node));
}

void LayerTree::put(std::string_view path, std::uint32_t node)
{
    const auto [parents, name] = io::cut_name(path);
    if (name.empty()) {
        throw Error{Errc::invalid_argument, "the root of a layer must be a directory"};
    }
    const std::uint32_t parent = tree_.entry(make_parents(parents)).node;
    const std::uint32_t found = names_.find(parent, name);
    if (found == kNone) {
        add_entry(parent, name, node);
    } else {
        replace(tree_.entry(found), node);
    }
    count_member();
}

void LayerTree::put_directory(std::string_view path, const TreeNode& node)
{
    const auto [parents, name] = io::cut_name(path);
    std::uint32_t at = Tree::kRoot;
    if (!name.empty()) {
        const std::uint32_t parent = tree_.entry(make_parents(parents)).node;
        at = make_directory(parent, name);
    }
    TreeEntry& entry = tree_.entry(at);
    if (at != Tree::kRoot && (entry.flags & TreeEntry::implied) != 0) {
        --implied_;
    }
    entry.flags &= static_cast<std::uint8_t>(~TreeEntry::implied);
    TreeNode& directory = tree_.node(entry.node);
    const std::uint32_t children = directory.value;
    directory = node;
    directory.value = children;
    count_member();
}

std::uint32_t LayerTree::put_link(std::string_view path, std::string_view target)
{
    const std::uint32_t found =
        in_context([&] { return fmt::format("it is a hard link to {}", io::printable(target)); },
                   [&] { return find(target); });
    if (found == kNone || tree_.entry(found).node == kNone) {
        throw Error{Errc::invalid_argument,
                    fmt::format("it is a hard link to {}, which this layer does not have",
                                io::printable(target))};
    }
    const std::uint32_t node = tree_.entry(found).node;
    if (tree_.node(node).is_directory()) {
        throw Error{Errc::invalid_argument,
                    fmt::format("it is a hard link to {}, a directory", io::printable(target))};
    }
    // As with any archiver: what makes room for the name takes the target away.
    if (io::is_below(path, target) || io::is_below(target, path)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("it is a hard link to {}, which it replaces", io::printable(target))};
    }
    put(path, node);
    return node;
}

bool LayerTree::take_whiteout(std::string_view path)
{
    const auto [parents, name] = io::cut_name(path);
    const io::NameKind kind = io::kind_of(name);
    if (kind == io::NameKind::opaque) {
        tree_.entry(make_parents(parents)).flags |= TreeEntry::opaque;
        count_member();
        return true;
    }
    if (kind != io::NameKind::whiteout) {
        return false;
    }
    const std::string_view gone = name.substr(io::kWhiteoutPrefix.size());
    const std::uint32_t parent = tree_.entry(make_parents(parents)).node;
    std::uint32_t at = names_.find(parent, gone);
    if (at == kNone) {
        at = add_entry(parent, gone, kNone);
    }
    tree_.entry(at).flags |= TreeEntry::whiteout;
    count_member();
    return true;
}

std::uint32_t LayerTree::make_parents(std::string_view path)
{
    if (last_parent_ != kNone && path == last_parents_) {
        return last_parent_;
    }
    std::uint32_t at = Tree::kRoot;
    for (std::string_view rest = path;;) {
        const std::string_view name = io::take_component(rest);
        if (name.empty()) {
            break;
        }
        if (io::kind_of(name) == io::NameKind::whiteout) {
            throw Error{Errc::invalid_argument, "it lies below a whiteout"};
        }
        at = make_directory(tree_.entry(at).node, name);
    }
    last_parents_ = path;
    last_parent_ = at;
    return at;
}

std::uint32_t LayerTree::make_directory(std::uint32_t directory, std::string_view name)
{
    std::uint32_t at = names_.find(directory, name);
    if (at != kNone && is_directory(tree_.entry(at))) {
        return at;
    }
    if (++implied_ > kFreeImplied + members_ / kMembersPerImplied) {
        throw Error{Errc::exhausted, "the layer has too many directories that only names mention"};
    }
    const std::uint32_t node = tree_.add_directory(0755);
    if (at == kNone) {
        at = add_entry(directory, name, node);
    } else {
        replace(tree_.entry(at), node);
    }
    tree_.entry(at).flags |= TreeEntry::implied;
    return at;
}

std::uint32_t LayerTree::find(std::string_view path) const
{
    std::uint32_t at = Tree::kRoot;
    for (;;) {
        const std::string_view name = io::take_component(path);
        if (name.empty()) {
            return at;
        }
        if (!is_directory(tree_.entry(at))) {
            return kNone;
        }
        at = names_.find(tree_.entry(at).node, name);
        if (at == kNone) {
            return kNone;
        }
    }
}

std::uint32_t LayerTree::add_entry(std::uint32_t directory, std::string_view name,
                                   std::uint32_t node)
{
    const std::uint32_t at = tree_.add_entry(directory, name, node);
    if (name.starts_with(io::kHiddenPrefix)) {
        tree_.entry(at).flags |= TreeEntry::hidden;
    }
    names_.insert(at);
    return at;
}

void LayerTree::replace(TreeEntry& entry, std::uint32_t node)
{
    entry.node = node;
    entry.flags &= static_cast<std::uint8_t>(~TreeEntry::implied);
}

bool LayerTree::is_directory(const TreeEntry& entry) const
{
    return entry.node != kNone && tree_.node(entry.node).is_directory();
}

void LayerTree::count_member()
{
    ++members_;
    if (tree_.text_bytes() > kFreeText + kTextPerMember * members_) {
        throw Error{Errc::exhausted,
                    "the layer has too many long names, link targets and extended attributes"};
    }
}

void LayerTree::finish()
{
    names_.clear();
    std::uint32_t whiteout = kNone;
    for (std::uint32_t at = 0; at < tree_.entries(); ++at) {
        TreeEntry& entry = tree_.entry(at);
        if (entry.node == kNone) {
            if (whiteout == kNone) {
                whiteout = tree_.add_node({.mode = format::kCharDevice});
            }
            entry.node = whiteout; // all share one inode
        } else if (is_directory(entry)) {
            mark(entry);
        }
    }
}

void LayerTree::mark(const TreeEntry& entry)
{
    const bool whiteout = (entry.flags & TreeEntry::whiteout) != 0;
    const bool opaque = whiteout || (entry.flags & TreeEntry::opaque) != 0;
    // What lower layers had under its name is gone, so there is no metadata to keep.
    const bool implied = !whiteout && (entry.flags & TreeEntry::implied) != 0;
    if (!opaque && !implied) {
        return;
    }
    TreeNode& node = tree_.node(entry.node);
    std::vector<std::uint32_t> attributes;
    tree_.attributes_of(node.xattrs, attributes);
    if (opaque) {
        attributes.push_back(tree_.attribute(opaque_mark()));
    }
    if (implied) {
        attributes.push_back(tree_.attribute(implied_mark()));
    }
    node.xattrs = tree_.xattr_set(attributes);
}

} // namespace strata::erofs
