// SPDX-License-Identifier: Apache-2.0
#include "engine/docker_archive.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace strata::engine {
namespace {

ManifestItem item_of(const json::Field& item)
{
    return {.config = item.get("Config").string(),
            .layers = item.strings_or_none("Layers"),
            .tags = item.strings_or_none("RepoTags"),
            .parent = item.string_or("Parent")};
}

} // namespace

std::vector<ManifestItem> parse_manifest_json(std::string_view text)
{
    const boost::json::value value = json::parse(text, "manifest.json");
    if (value.is_null()) {
        throw Error{Errc::corrupt, "invalid manifest, manifest cannot be null (but can be [])"};
    }
    std::vector<ManifestItem> items;
    for (const json::Field& item : json::Field{value, "manifest.json"}.elements()) {
        items.push_back(item_of(item));
    }
    return items;
}

Repositories parse_repositories(std::string_view text)
{
    const boost::json::value value = json::parse(text, "repositories");
    Repositories repositories;
    for (const auto& [name, tags] : json::Field{value, "repositories"}.members()) {
        repositories[name] = tags.string_map();
    }
    return repositories;
}

V1Image parse_v1_image(std::string_view text, std::string_view member)
{
    const boost::json::value value = json::parse(text, member);
    const json::Field image{value, std::string{member}};
    boost::json::object history;
    const auto copy = [&](std::string_view key) {
        if (const std::string found = image.string_or(key); !found.empty()) {
            history[key] = found;
        }
    };
    copy("created");
    copy("author");
    if (const auto container = image.find("container_config")) {
        if (const std::string command = join(container->strings_or_none("Cmd"), " ");
            !command.empty()) {
            history["created_by"] = command;
        }
    }
    copy("comment");
    return {.parent = image.string_or("parent"), .history = json::print(history)};
}

std::string config_of_v1_image(std::string_view text, const std::vector<std::string>& diff_ids,
                               const std::vector<std::string>& history)
{
    constexpr std::array<std::string_view, 6> kDropped{"id",        "parent",   "Size",
                                                       "parent_id", "layer_id", "throwaway"};
    const boost::json::value value = json::parse(text, "image");
    std::map<std::string, boost::json::value, std::less<>> sorted;
    for (const auto& [key, member] : json::Field{value, "image"}.members()) {
        if (std::ranges::find(kDropped, key) == kDropped.end()) {
            sorted.emplace(key, member.value());
        }
    }
    boost::json::array entries;
    for (const std::string& entry : history) {
        entries.push_back(json::parse(entry, "history"));
    }
    sorted["history"] = std::move(entries);
    sorted["rootfs"] = {{"type", "layers"},
                        {"diff_ids", boost::json::array(diff_ids.begin(), diff_ids.end())}};

    boost::json::object config;
    for (auto& [key, member] : sorted) {
        config[key] = std::move(member);
    }
    return json::print(
        config, {.escape_html = json::EscapeHtml::yes}); // as Go: image ids depend on the bytes
}

} // namespace strata::engine
