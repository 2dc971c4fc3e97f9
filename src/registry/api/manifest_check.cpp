// SPDX-License-Identifier: Apache-2.0
#include "registry/api/manifest_check.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "io/hash.hpp"
#include "registry/api/codes.hpp"

#include <algorithm>
#include <array>

namespace strata::registry::api {
namespace {

std::vector<std::regex> compile(const std::vector<std::string>& expressions)
{
    std::vector<std::regex> compiled;
    for (const std::string& expression : expressions) {
        try {
            compiled.emplace_back(expression, std::regex::ECMAScript | std::regex::optimize);
        } catch (const std::regex_error& error) {
            throw Error{Errc::invalid_argument,
                        fmt::format("validation.manifests.urls: {} is no regular expression: {}",
                                    go_quote(expression), error.what())};
        }
    }
    return compiled;
}

bool any_matches(const std::vector<std::regex>& expressions, const std::string& text)
{
    return std::ranges::any_of(expressions,
                               [&](const std::regex& one) { return std::regex_search(text, one); });
}

/// What clients send when they leave it to the document to say what it is.
bool says_nothing(std::string_view content_type)
{
    constexpr auto kVague = std::to_array<std::string_view>(
        {"", "application/json", "application/octet-stream", "application/x-www-form-urlencoded"});
    return std::ranges::find(kVague, content_type) != kVague.end();
}

std::string_view without_parameters(std::string_view content_type)
{
    return trim(content_type.substr(0, content_type.find(';')));
}

std::variant<oci::Manifest, oci::Index> parse(std::string_view bytes, std::string_view content_type)
{
    if (content_type == oci::media_type::kDockerSchema1 ||
        content_type == oci::media_type::kDockerSchema1Signed) {
        throw Refused{Code::manifest_invalid,
                      "manifests of schema 1 are not supported: push the image with a client that "
                      "writes schema 2 or OCI manifests"};
    }
    if (!says_nothing(content_type) && !oci::is_manifest(content_type) &&
        !oci::is_index(content_type)) {
        throw Refused{Code::manifest_invalid,
                      fmt::format("{} is not the media type of a manifest or an index",
                                  to_valid_utf8(content_type.substr(0, 200)))};
    }
    try {
        return oci::parse_manifest_or_index(bytes, content_type);
    } catch (const Error& error) {
        switch (error.code()) {
        case Errc::corrupt:
        case Errc::unsupported:
        case Errc::exhausted:
        case Errc::invalid_argument:
            throw Refused{Code::manifest_invalid, error.what()};
        case Errc::not_found:
        case Errc::already_exists:
        case Errc::conflict:
        case Errc::unauthorized:
        case Errc::denied:
        case Errc::unavailable:
        case Errc::cancelled:
        case Errc::internal:
            break;
        }
        throw;
    }
}

template <typename Document>
void take_common(const Document& document, NewManifest& manifest)
{
    manifest.media_type = document.media_type;
    manifest.artifact_type = document.artifact_type;
    if (document.subject) {
        manifest.subject = document.subject->digest.value;
    }
    if (!document.annotations.empty()) {
        std::string text = "{";
        for (const auto& [key, value] : document.annotations) {
            text += fmt::format("{}{}:{}", text.size() > 1 ? "," : "", json::quote(key),
                                json::quote(value));
        }
        manifest.annotations = text + "}";
    }
}

Reference reference(Reference::Kind kind, const oci::Descriptor& descriptor, bool must_exist)
{
    return {.kind = kind,
            .digest = descriptor.digest.value,
            .size = descriptor.size,
            .media_type = descriptor.media_type,
            .must_exist = must_exist};
}

void take(const oci::Manifest& image, const ManifestRules& rules, NewManifest& manifest)
{
    take_common(image, manifest);
    if (manifest.artifact_type.empty()) {
        manifest.artifact_type = image.config.media_type;
    }
    manifest.references.push_back(reference(Reference::Kind::config, image.config, true));
    for (const oci::Descriptor& layer : image.layers) {
        rules.check_urls(layer);
        manifest.references.push_back(reference(Reference::Kind::layer, layer, layer.urls.empty()));
    }
}

void take(const oci::Index& index, const ManifestRules& rules, NewManifest& manifest)
{
    take_common(index, manifest);
    for (const oci::Descriptor& child : index.manifests) {
        // Lists of other things than manifests exist (caches of builds): their entries are blobs.
        const bool is_document =
            oci::is_manifest(child.media_type) || oci::is_index(child.media_type);
        manifest.references.push_back(
            reference(is_document ? Reference::Kind::manifest : Reference::Kind::layer, child,
                      rules.must_exist(child)));
    }
}

} // namespace

ManifestRules::ManifestRules(const ValidationConfig& config)
    : config_{config}, allow_{compile(config.allow_urls)}, deny_{compile(config.deny_urls)}
{
}

void ManifestRules::check_urls(const oci::Descriptor& layer) const
{
    if (!config_.enabled) {
        return;
    }
    for (const std::string& url : layer.urls) {
        // std::regex takes stack for every character.
        constexpr std::size_t kLongest = 2048;
        const bool allowed = url.size() <= kLongest &&
                             (allow_.empty() || any_matches(allow_, url)) &&
                             !any_matches(deny_, url) &&
                             (url.starts_with("http://") || url.starts_with("https://")) &&
                             url.find('#') == std::string::npos;
        if (!allowed) {
            throw Refused{Code::manifest_invalid,
                          fmt::format("this registry does not allow the URL {} of layer {}",
                                      json::quote(url.substr(0, 200)), layer.digest.str())};
        }
    }
}

bool ManifestRules::must_exist(const oci::Descriptor& child) const
{
    using Platforms = ValidationConfig::Platforms;
    if (!config_.enabled || config_.platforms == Platforms::all) {
        return config_.enabled;
    }
    return config_.platforms == Platforms::list && child.platform &&
           std::ranges::any_of(config_.platform_list, [&](const auto& wanted) {
               return wanted.first == child.platform->os &&
                      wanted.second == child.platform->architecture;
           });
}

NewManifest understand_manifest(const Digest& digest, std::shared_ptr<const std::string> bytes,
                                std::string_view content_type, const ManifestRules& rules)
{
    NewManifest manifest{.digest = digest, .media_type = {}, .bytes = std::move(bytes)};
    std::visit([&](const auto& document) { take(document, rules, manifest); },
               parse(*manifest.bytes, without_parameters(content_type)));
    return manifest;
}

Digest digest_like(const Digest& like, std::string_view bytes)
{
    io::Hasher hasher{like.algorithm() == oci::HashAlgorithm::sha512
                          ? io::Hasher::Algorithm::sha512
                          : io::Hasher::Algorithm::sha256};
    hasher.update(bytes);
    return Digest::from_bytes(hasher.finish());
}

std::optional<Digest> default_image_of(std::string_view index)
{
    try {
        const oci::Index parsed = oci::Index::parse(index);
        for (const oci::Descriptor& child : parsed.manifests) {
            if (child.platform && child.platform->os == "linux" &&
                child.platform->architecture == "amd64") {
                return child.digest.value;
            }
        }
    } catch (const Error&) {
        return std::nullopt; // Distribution had taken it, and it was kept as it stands
    }
    return std::nullopt;
}

} // namespace strata::registry::api
