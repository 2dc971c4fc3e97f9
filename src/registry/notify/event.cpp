// SPDX-License-Identifier: Apache-2.0
#include "registry/notify/event.hpp"

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"

#include <boost/json.hpp>

#include <array>
#include <span>

namespace strata::registry {
namespace {

namespace bj = boost::json;

/// As Go leaves out what is empty (omitempty).
void put(bj::object& object, std::string_view name, std::string_view value)
{
    if (!value.empty()) {
        object.emplace(name, value);
    }
}

bj::object target_of(const Event& event, bool with_references)
{
    bj::object target;
    const bool removed = event.action == Event::Action::remove;
    put(target, "mediaType", removed ? std::string_view{} : event.media_type);
    put(target, "digest", event.digest ? event.digest->str() : std::string{});
    if (!removed) {
        target.emplace("size", event.size);
        target.emplace("length", event.size);
    }
    put(target, "repository", event.repository);
    put(target, "fromRepository", event.from_repository);
    put(target, "url", event.url);
    put(target, "tag", event.tag);
    if (with_references && !removed && !event.references.empty()) {
        bj::array references;
        for (const Event::Descriptor& reference : event.references) {
            references.push_back({{"mediaType", reference.media_type},
                                  {"digest", reference.digest},
                                  {"size", reference.size}});
        }
        target.emplace("references", std::move(references));
    }
    return target;
}

} // namespace

std::string_view name_of(Event::Action action) noexcept
{
    switch (action) {
    case Event::Action::pull:
        return "pull";
    case Event::Action::push:
        return "push";
    case Event::Action::mount:
        return "mount";
    case Event::Action::remove:
        break;
    }
    return "delete";
}

std::string print_event(const Event& event, std::string_view id, const EventSource& source,
                        bool with_references)
{
    bj::object request;
    put(request, "id", event.request_id);
    put(request, "addr", event.remote);
    put(request, "host", event.host);
    put(request, "method", event.method);
    put(request, "useragent", event.user_agent);
    bj::object actor;
    put(actor, "name", event.actor);
    bj::object from;
    put(from, "addr", source.address);
    put(from, "instanceID", source.instance);
    return json::print(bj::object{{"id", id},
                                  {"timestamp", format_rfc3339(event.when)},
                                  {"action", name_of(event.action)},
                                  {"target", target_of(event, with_references)},
                                  {"request", std::move(request)},
                                  {"actor", std::move(actor)},
                                  {"source", std::move(from)}});
}

std::vector<Event::Descriptor> references_of(std::string_view manifest)
{
    std::vector<Event::Descriptor> references;
    const auto add = [&](const json::Field& descriptor) {
        references.push_back({.media_type = descriptor.string_or("mediaType"),
                              .digest = descriptor.get("digest").string(),
                              .size = descriptor.get("size").unsigned_integer()});
    };
    try {
        const bj::value document = json::parse(manifest, "manifest");
        const json::Field root{document, "manifest"};
        if (const auto config = root.find("config")) {
            add(*config);
        }
        for (const char* const list : {"layers", "manifests"}) {
            if (const auto descriptors = root.find(list)) {
                for (const json::Field& descriptor : descriptors->elements()) {
                    add(descriptor);
                }
            }
        }
    } catch (const Error&) { // nobody would take it today
        references.clear();
    }
    return references;
}

std::string event_in_words(std::string_view event)
{
    const bj::value document = json::parse(event, "event");
    const json::Field root{document, "event"};
    const json::Field target = root.get("target");
    const std::string tag = target.string_or("tag");
    const std::string digest = target.string_or("digest");
    return fmt::format("{} {}{}", root.get("action").string(), target.string_or("repository"),
                       !tag.empty()      ? ':' + tag
                       : !digest.empty() ? '@' + digest
                                         : "");
}

std::string envelope(std::string_view event)
{
    return fmt::format(R"({{"events":[{}]}})", event);
}

std::string random_uuid()
{
    std::array<std::uint8_t, 16> bytes{};
    fill_random(std::as_writable_bytes(std::span{bytes}));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40); // RFC 9562 §5.4
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += fmt::format("{:02x}", bytes[i]);
    }
    return text;
}

} // namespace strata::registry
