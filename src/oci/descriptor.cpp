// SPDX-License-Identifier: Apache-2.0
#include "oci/descriptor.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "oci/codec.hpp"
#include "oci/media_type.hpp"

#include <algorithm>
#include <limits>

namespace strata::oci {
namespace codec {
namespace {

namespace bj = boost::json;

bool is_lower_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Whether it is a digest by the specification's grammar, of an algorithm that we may not know.
bool is_digest_of_any_algorithm(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == text.npos || colon + 1 == text.size()) {
        return false;
    }
    bool separated = true; // an algorithm does not begin with a separator, nor have two in a row
    for (const char c : text.substr(0, colon)) {
        const bool separator = c == '+' || c == '.' || c == '_' || c == '-';
        if ((separator && separated) || (!separator && !is_lower_alphanumeric(c))) {
            return false;
        }
        separated = separator;
    }
    return !separated && std::ranges::all_of(text.substr(colon + 1), [](char c) {
        return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '=' || c == '_' ||
               c == '-';
    });
}

std::string media_type(const json::Field& field)
{
    std::string text = field.string();
    if (!is_media_type(text)) {
        field.refuse(fmt::format("{} is not a media type", json::quote(text.substr(0, 200))));
    }
    return text;
}

std::vector<std::string> urls(const json::Field& field)
{
    std::vector<std::string> urls;
    for (const json::Field& element : field.elements()) {
        urls.push_back(element.string());
        if (urls.back().find(':') == std::string::npos) {
            element.refuse("expected a URL");
        }
    }
    return urls;
}

std::string embedded_data(const json::Field& field, const Descriptor& descriptor)
{
    const auto data = decode_base64(field.string());
    if (!data) {
        field.refuse("expected base64");
    }
    if (data->size() != descriptor.size || Digest::of(*data) != descriptor.digest.value) {
        field.refuse("does not match the digest and size beside it");
    }
    return *data;
}

} // namespace

Digest digest(const json::Field& field)
{
    const std::string text = field.string();
    if (const auto digest = Digest::try_parse(text)) {
        return *digest;
    }
    const std::string_view algorithm = std::string_view{text}.substr(0, text.find(':'));
    if (is_digest_of_any_algorithm(text) && algorithm != "sha256" && algorithm != "sha512") {
        throw Error{Errc::unsupported,
                    fmt::format("{}: unsupported: digest algorithm '{}' (sha256 and sha512 are "
                                "known)",
                                field.where(), algorithm)};
    }
    field.refuse(fmt::format("{} is not a digest", json::quote(text.substr(0, 200))));
}

Descriptor descriptor(const json::Field& field)
{
    const json::Field size = field.get("size");
    Descriptor result{.media_type = media_type(field.get("mediaType")),
                      .digest = {digest(field.get("digest"))},
                      .size = size.unsigned_integer()};
    if (result.size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        size.refuse("too large");
    }
    if (const auto found = field.find("urls")) {
        result.urls = urls(*found);
    }
    result.annotations = field.string_map_or_none("annotations");
    if (const auto found = field.find("data")) {
        result.data = embedded_data(*found, result);
    }
    if (const auto found = field.find("platform")) {
        result.platform = platform(*found);
        result.unknown_in_platform =
            unknown_members(*found, {"os", "architecture", "variant", "os.version", "os.features"});
    }
    if (const auto found = field.find("artifactType"); found && !found->string().empty()) {
        result.artifact_type = media_type(*found);
    }
    result.unknown = unknown_members(field, {"mediaType", "digest", "size", "urls", "annotations",
                                             "data", "platform", "artifactType"});
    return result;
}

Platform platform(const json::Field& field)
{
    return {.os = field.get("os").string(),
            .architecture = field.get("architecture").string(),
            .variant = field.string_or("variant"),
            .os_version = field.string_or("os.version"),
            .os_features = field.strings_or_none("os.features")};
}

bj::object to_json(const Platform& platform)
{
    bj::object object;
    object["architecture"] = platform.architecture;
    object["os"] = platform.os;
    set_text(object, "os.version", platform.os_version);
    if (!platform.os_features.empty()) {
        object["os.features"] = to_json(platform.os_features);
    }
    set_text(object, "variant", platform.variant);
    return object;
}

bj::object to_json(const Descriptor& descriptor)
{
    bj::object object;
    object["mediaType"] = descriptor.media_type;
    object["digest"] = descriptor.digest.str();
    object["size"] = descriptor.size;
    if (!descriptor.urls.empty()) {
        object["urls"] = to_json(descriptor.urls);
    }
    if (!descriptor.annotations.empty()) {
        object["annotations"] = to_json(descriptor.annotations);
    }
    if (descriptor.data) {
        object["data"] = encode_base64(*descriptor.data);
    }
    if (descriptor.platform) {
        bj::object platform = to_json(*descriptor.platform);
        restore(platform, descriptor.unknown_in_platform);
        object["platform"] = std::move(platform);
    }
    set_text(object, "artifactType", descriptor.artifact_type);
    restore(object, descriptor.unknown);
    return object;
}

} // namespace codec

Descriptor Descriptor::parse(std::string_view text)
{
    const boost::json::value document = json::parse(text, "descriptor");
    return codec::descriptor(json::Field{document, "descriptor"});
}

std::string Descriptor::print() const
{
    return codec::print(codec::to_json(*this));
}

std::string_view Descriptor::annotation(std::string_view key) const
{
    const auto found = annotations.find(std::string{key});
    return found == annotations.end() ? std::string_view{} : std::string_view{found->second};
}

} // namespace strata::oci
