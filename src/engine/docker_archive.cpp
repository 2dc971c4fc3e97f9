// SPDX-License-Identifier: Apache-2.0
#include "engine/docker_archive.hpp"

#include "base/error.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace strata::engine {
namespace {

namespace json = boost::json;

[[noreturn]] void corrupt(std::string message)
{
    throw Error{Errc::corrupt, std::move(message)};
}

json::value parse(std::string_view text)
{
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error) {
        corrupt(fmt::format("is not JSON: {}", error.message()));
    }
    return value;
}

const json::object& object_of(const json::value& value, std::string_view what)
{
    if (!value.is_object()) {
        corrupt(fmt::format("{} is not an object", what));
    }
    return value.get_object();
}

/// The string at `key`; empty when it is absent or null.
std::string string_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return {};
    }
    if (!value->is_string()) {
        corrupt(fmt::format("\"{}\" is not a string", key));
    }
    return std::string{value->get_string()};
}

std::vector<std::string> strings_at(const json::object& object, std::string_view key)
{
    const json::value* const value = object.if_contains(key);
    if (value == nullptr || value->is_null()) {
        return {};
    }
    if (!value->is_array()) {
        corrupt(fmt::format("\"{}\" is not a list", key));
    }
    std::vector<std::string> strings;
    for (const json::value& item : value->get_array()) {
        if (!item.is_string()) {
            corrupt(fmt::format("\"{}\" holds something that is not a string", key));
        }
        strings.emplace_back(item.get_string());
    }
    return strings;
}

ManifestItem item_of(const json::value& value)
{
    const json::object& object = object_of(value, "an image in it");
    ManifestItem item{.config = string_at(object, "Config"),
                      .layers = strings_at(object, "Layers"),
                      .tags = strings_at(object, "RepoTags"),
                      .parent = string_at(object, "Parent")};
    if (item.config.empty()) {
        corrupt("an image in it has no \"Config\"");
    }
    if (item.layers.size() > kMaxLayers) {
        throw Error{Errc::exhausted, fmt::format("an image in it has {} layers; the limit is {}",
                                                 item.layers.size(), kMaxLayers)};
    }
    return item;
}

/// Go prints these three as escapes inside every string, and image ids depend on the bytes.
void escape_html(std::string& text)
{
    constexpr std::array<std::pair<char, std::string_view>, 3> kEscapes{
        {{'<', "\\u003c"}, {'>', "\\u003e"}, {'&', "\\u0026"}}};
    for (std::size_t at = text.find_first_of("<>&"); at != std::string::npos;
         at = text.find_first_of("<>&", at)) {
        const auto& escape =
            *std::ranges::find(kEscapes, text[at], &std::pair<char, std::string_view>::first);
        text.replace(at, 1, escape.second);
        at += escape.second.size();
    }
}

} // namespace

std::vector<ManifestItem> parse_manifest_json(std::string_view text)
{
    const json::value value = parse(text);
    if (value.is_null()) {
        corrupt("invalid manifest, manifest cannot be null (but can be [])");
    }
    if (!value.is_array()) {
        corrupt("is not a list of images");
    }
    std::vector<ManifestItem> items;
    for (const json::value& item : value.get_array()) {
        items.push_back(item_of(item));
    }
    return items;
}

Repositories parse_repositories(std::string_view text)
{
    const json::value value = parse(text);
    Repositories repositories;
    for (const auto& [name, tags] : object_of(value, "it")) {
        for (const auto& [tag, id] : object_of(tags, "a repository in it")) {
            if (!id.is_string()) {
                corrupt("an id in it is not a string");
            }
            repositories[std::string{name}][std::string{tag}] = id.get_string();
        }
    }
    return repositories;
}

V1Image parse_v1_image(std::string_view text)
{
    const json::value value = parse(text);
    const json::object& object = object_of(value, "it");
    json::object history;
    const auto copy = [&](std::string_view from, std::string_view to) {
        if (std::string found = string_at(object, from); !found.empty()) {
            history[to] = std::move(found);
        }
    };
    copy("created", "created");
    copy("author", "author");
    const json::value* const container = object.if_contains("container_config");
    if (container != nullptr && container->is_object()) {
        const auto words = strings_at(container->get_object(), "Cmd");
        if (std::string command = fmt::format("{}", fmt::join(words, " ")); !command.empty()) {
            history["created_by"] = std::move(command);
        }
    }
    copy("comment", "comment");
    return {.parent = string_at(object, "parent"), .history = json::serialize(history)};
}

std::string config_of_v1_image(std::string_view text, const std::vector<std::string>& diff_ids,
                               const std::vector<std::string>& history)
{
    constexpr std::array<std::string_view, 6> kDropped{"id",        "parent",   "Size",
                                                       "parent_id", "layer_id", "throwaway"};
    const json::value value = parse(text);
    std::map<std::string, json::value, std::less<>> sorted;
    for (const auto& [key, member] : object_of(value, "it")) {
        if (std::ranges::find(kDropped, std::string_view{key}) == kDropped.end()) {
            sorted.emplace(key, member);
        }
    }
    json::array entries;
    for (const std::string& entry : history) {
        entries.push_back(json::parse(entry));
    }
    sorted["history"] = std::move(entries);
    sorted["rootfs"] = {{"type", "layers"},
                        {"diff_ids", json::array(diff_ids.begin(), diff_ids.end())}};

    json::object config;
    for (auto& [key, member] : sorted) {
        config[key] = std::move(member);
    }
    std::string bytes = json::serialize(config);
    escape_html(bytes);
    return bytes;
}

} // namespace strata::engine
