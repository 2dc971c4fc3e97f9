// SPDX-License-Identifier: Apache-2.0
#include "registry/config/tree.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>
#include <array>
#include <yaml-cpp/yaml.h>

namespace strata::registry {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxNodes = 100'000; // aliases are copied: a few lines could be billions
constexpr std::size_t kMaxDepth = 100;

/// Copies what yaml-cpp read.
class Copier {
public:
    Copier(std::string_view origin, std::vector<std::string>& warnings, bool with_lines)
        : origin_{origin}, warnings_{warnings}, with_lines_{with_lines}
    {
    }

    Tree copy(const YAML::Node& node, std::size_t depth)
    {
        if (++nodes_ > kMaxNodes || depth > kMaxDepth) {
            throw Error{Errc::exhausted, fmt::format("{}: too many or too deeply nested values",
                                                     place(node.Mark()))};
        }
        Tree tree;
        tree.origin = place(node.Mark());
        switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null:
            break;
        case YAML::NodeType::Scalar:
            tree.kind = Tree::Kind::scalar;
            tree.text = node.Scalar();
            break;
        case YAML::NodeType::Sequence:
            tree.kind = Tree::Kind::list;
            for (const auto& element : node) {
                tree.elements.push_back(copy(element, depth + 1));
            }
            break;
        case YAML::NodeType::Map:
            tree.kind = Tree::Kind::map;
            copy_members(node, tree, depth);
            break;
        }
        return tree;
    }

private:
    std::string place(const YAML::Mark& mark) const
    {
        return with_lines_ && !mark.is_null() ? fmt::format("{}:{}", origin_, mark.line + 1)
                                              : std::string{origin_};
    }

    void copy_members(const YAML::Node& node, Tree& tree, std::size_t depth)
    {
        std::vector<Tree> merged;
        for (const auto& entry : node) {
            if (!entry.first.IsScalar() && !entry.first.IsNull()) {
                throw Error{Errc::invalid_argument,
                            fmt::format("{}: a key must be a word", place(entry.first.Mark()))};
            }
            std::string key = entry.first.IsNull() ? "null" : entry.first.Scalar();
            Tree value = copy(entry.second, depth + 1);
            value.origin = place(entry.first.Mark());
            if (key == "<<") {
                merged.push_back(std::move(value));
            } else if (Tree* const earlier = tree.find(key)) {
                warnings_.push_back(
                    fmt::format("{}: '{}' is there twice, the last one counts", value.origin, key));
                *earlier = std::move(value);
            } else {
                tree.members.emplace_back(std::move(key), std::move(value));
            }
        }
        for (const Tree& other : merged) {
            merge(tree, other);
        }
    }

    void merge(Tree& tree, const Tree& other) const
    {
        for (const Tree& element : other.elements) { // "<<: [*a, *b]"
            merge(tree, element);
        }
        for (const auto& [key, value] : other.members) {
            if (tree.find(key) == nullptr) {
                tree.members.emplace_back(key, value);
            }
        }
    }

    std::string_view origin_;
    std::vector<std::string>& warnings_;
    std::size_t nodes_ = 0;
    bool with_lines_;
};

Tree parse(std::string_view text, std::string_view origin, std::vector<std::string>& warnings,
           bool with_lines)
{
    if (text.size() > kMaxBytes) {
        throw Error{Errc::exhausted, fmt::format("{}: more than {} bytes", origin, kMaxBytes)};
    }
    try {
        return Copier{origin, warnings, with_lines}.copy(YAML::Load(std::string{text}), 0);
    } catch (const YAML::Exception& error) {
        throw Error{Errc::invalid_argument,
                    with_lines && !error.mark.is_null()
                        ? fmt::format("{}:{}: {}", origin, error.mark.line + 1, error.msg)
                        : fmt::format("{}: {}", origin, error.msg)};
    }
}

// --- variables -----------------------------------------------------------------------------------

/// Sections that may be just the name of what they would hold: REGISTRY_AUTH=htpasswd.
bool names_a_driver(std::string_view section)
{
    return section == "storage" || section == "auth";
}

void become_map(Tree& tree, bool keep_name)
{
    const std::string name = tree.kind == Tree::Kind::scalar && keep_name ? tree.text : "";
    tree.kind = Tree::Kind::map;
    tree.text.clear();
    tree.elements.clear();
    tree.members.clear();
    if (!name.empty()) {
        tree.members.emplace_back(name, Tree{.origin = tree.origin});
    }
}

Tree& member_for(Tree& tree, const std::string& part, std::string_view variable, bool keep_name)
{
    if (tree.kind != Tree::Kind::map) {
        become_map(tree, keep_name);
    }
    for (auto& [key, value] : tree.members) {
        if (equal_ignoring_case(key, part)) {
            return value;
        }
    }
    tree.members.emplace_back(to_lower(part), Tree{.origin = std::string{variable}});
    return tree.members.back().second;
}

Tree& element_for(Tree& tree, const std::string& part, std::string_view variable)
{
    const auto index = parse_integer<std::size_t>(part);
    if (!index || *index > tree.elements.size()) {
        throw Error{Errc::invalid_argument,
                    fmt::format("{}: '{}' is not the index of an element; there are {}", variable,
                                part, tree.elements.size())};
    }
    tree.kind = Tree::Kind::list;
    if (*index == tree.elements.size()) {
        tree.elements.push_back(Tree{.origin = std::string{variable}});
    }
    return tree.elements[*index];
}

constexpr auto kSections = std::to_array<std::string_view>({
    "auth",
    "catalog",
    "compatibility",
    "health",
    "http",
    "log",
    "loglevel",
    "middleware",
    "notifications",
    "proxy",
    "redis",
    "reporting",
    "storage",
    "strata",
    "tags",
    "validation",
    "version",
});

void apply(Tree& root, const std::string& name, const std::string& value,
           std::vector<std::string>& warnings)
{
    const std::vector<std::string> parts = split(name, '_'); // the first one is "REGISTRY"
    const std::string section = to_lower(parts[1]);
    if (std::ranges::find(kSections, section) == kSections.end()) {
        warnings.push_back(fmt::format("{}: there is no section '{}'; ignored", name, section));
        return;
    }
    Tree parsed = parse(value, name, warnings, false);
    Tree* place = &root;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].empty() || i > kMaxDepth) {
            throw Error{
                Errc::invalid_argument,
                fmt::format("{}: a part of its name is empty, or there are too many", name)};
        }
        const bool first_of_new_list = place->kind == Tree::Kind::null && parts[i] == "0";
        place = place->kind == Tree::Kind::list || first_of_new_list
                    ? &element_for(*place, parts[i], name)
                    : &member_for(*place, parts[i], name, i == 2 && names_a_driver(section));
    }
    *place = std::move(parsed);
}

} // namespace

const Tree* Tree::find(std::string_view key) const noexcept
{
    const auto found = std::ranges::find(members, key, &std::pair<std::string, Tree>::first);
    return found == members.end() ? nullptr : &found->second;
}

Tree* Tree::find(std::string_view key) noexcept
{
    const auto found = std::ranges::find(members, key, &std::pair<std::string, Tree>::first);
    return found == members.end() ? nullptr : &found->second;
}

Tree parse_tree(std::string_view text, std::string_view origin, std::vector<std::string>& warnings)
{
    Tree tree = parse(text, origin, warnings, true);
    if (tree.kind == Tree::Kind::scalar || tree.kind == Tree::Kind::list) {
        throw Error{Errc::invalid_argument,
                    fmt::format("{}: expected sections as 'name: …'", tree.origin)};
    }
    tree.kind = Tree::Kind::map;
    return tree;
}

void apply_variables(Tree& root, const Variables& variables, std::vector<std::string>& warnings)
{
    constexpr std::string_view kPrefix = "REGISTRY_";
    Variables ours;
    std::ranges::copy_if(variables, std::back_inserter(ours), [&](const auto& variable) {
        return variable.first.starts_with(kPrefix) && variable.first.size() > kPrefix.size() &&
               variable.first != "REGISTRY_CONFIGURATION_PATH";
    });
    std::ranges::sort(ours);
    for (const auto& [name, value] : ours) {
        apply(root, name, value, warnings);
    }
}

} // namespace strata::registry
