// SPDX-License-Identifier: Apache-2.0
//
// What happened in a registry, as others are told of it: the events of Distribution.
#pragma once

#include "base/time.hpp"
#include "oci/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

struct Event {
    enum class Action : std::uint8_t { pull, push, mount, remove };
    struct Descriptor {
        std::string media_type;
        std::string digest;
        std::uint64_t size = 0;
    };

    Action action = Action::pull;
    Timestamp when{};
    // what: media type and size are left out of what was deleted
    std::string repository{};
    std::string media_type{};
    std::optional<oci::Digest> digest{}; // nothing: a tag was deleted
    std::uint64_t size = 0;
    std::string tag{};
    std::string from_repository{};        // of a mount
    std::string url{};                    // where to get it
    std::vector<Descriptor> references{}; // of a manifest
    // who and how
    std::string request_id{};
    std::string remote{}; // "192.0.2.1:41961"
    std::string host{};
    std::string method{};
    std::string user_agent{};
    std::string actor{};
};

std::string_view name_of(Event::Action action) noexcept; // "delete"

/// Of this process.
struct EventSource {
    std::string address{};  // "host:5000"
    std::string instance{}; // a UUID
};

/// One event as JSON, in Distribution's order of fields. `id` is a UUID.
std::string print_event(const Event& event, std::string_view id, const EventSource& source,
                        bool with_references);

/// What a manifest names: its config and layers, or the manifests of an index. Nothing of what is
/// no manifest.
std::vector<Event::Descriptor> references_of(std::string_view manifest);

/// "push team/app:1" of an event as JSON.
std::string event_in_words(std::string_view event);

/// What is posted: application/vnd.docker.distribution.events.v2+json.
std::string envelope(std::string_view event);
inline constexpr std::string_view kEventsMediaType =
    "application/vnd.docker.distribution.events.v2+json";

std::string random_uuid();

} // namespace strata::registry
