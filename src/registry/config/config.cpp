// SPDX-License-Identifier: Apache-2.0
#include "registry/config/config.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "registry/config/sections.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace strata::registry {
namespace {

constexpr std::uint64_t kMaxFile = 1 << 20;

constexpr auto kDefaultFiles =
    std::to_array<const char*>({"/etc/distribution/config.yml", "/etc/docker/registry/config.yml"});

constexpr std::string_view kDefaultText = "version: 0.1\nstorage: {filesystem: {}}\n";

void check_version(Section& root)
{
    const std::string version = root.required("version");
    if (version != "0.1") {
        root.refuse("version", fmt::format("'{}' is unknown; expected 0.1", version));
    }
}

/// "storage: filesystem" is "storage: {filesystem: {}}".
void unfold_driver(Tree& root, std::string_view section)
{
    Tree* const tree = root.find(section);
    if (tree != nullptr && tree->kind == Tree::Kind::scalar) {
        tree->kind = Tree::Kind::map;
        tree->members.emplace_back(tree->text, Tree{.origin = tree->origin});
        tree->text.clear();
    }
}

std::optional<std::string> find_file()
{
    if (const char* const named = std::getenv("REGISTRY_CONFIGURATION_PATH");
        named != nullptr && *named != '\0') {
        return named;
    }
    for (const char* const file : kDefaultFiles) {
        if (sys::find_file(file, O_RDONLY)) {
            return file;
        }
    }
    return std::nullopt;
}

} // namespace

Config parse_config(std::string_view text, std::string_view file, const Variables& variables)
{
    Config config;
    config.file = std::string{file};
    Tree tree = parse_tree(text, file, config.warnings);
    apply_variables(tree, variables, config.warnings);
    unfold_driver(tree, "storage");
    unfold_driver(tree, "auth");

    Section root{&tree, "", config.warnings};
    check_version(root);
    read_log(root, config);
    read_storage(root, config);
    read_auth(root, config);
    read_http(root, config);
    read_notifications(root, config);
    read_health(root, config);
    read_proxy(root, config);
    read_validation(root, config);
    read_limits_of_pages(root, config);
    read_foreign(root);
    read_strata(root, config);
    root.finish();
    return config;
}

Config load_config(const std::optional<std::string>& file)
{
    const std::optional<std::string> found = file ? file : find_file();
    if (!found) {
        Config config = parse_config(kDefaultText, "defaults", environment_variables());
        config.file.clear();
        return config;
    }
    return parse_config(sys::read_small_file(*found, kMaxFile), *found, environment_variables());
}

Variables environment_variables()
{
    Variables variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        if (const auto parts = split_once(*entry, '=')) {
            variables.emplace_back(parts->first, parts->second);
        }
    }
    return variables;
}

} // namespace strata::registry
