// SPDX-License-Identifier: Apache-2.0
//
// Telling others what a request did (notify/). Events of writes are on the disk before the request
// is answered; those of pulls follow soon after.
#pragma once

#include "registry/api/call.hpp"

namespace strata::registry::api {

/// What the event is about; who and how comes from the request.
struct Happened {
    Event::Action action;
    std::string_view repository;
    std::optional<Digest> digest{};
    std::string_view media_type{};
    std::uint64_t size = 0;
    std::string_view tag{};
    std::string_view from_repository{};
    const std::vector<Reference>* references = nullptr;
};

bool is_heard(const Services& services, Event::Action action) noexcept;

/// Does nothing if nobody wants to hear of it.
void tell(const Services& services, const http::Request& request, const Caller& caller,
          const Happened& happened);
inline void tell(const Call& call, const Happened& happened)
{
    tell(call.services, call.request, call.caller, happened);
}

/// That a manifest or a blob was pulled by the reference in `target`.
void tell_pull(const Services& services, const http::Request& request, const Caller& caller,
               const Target& target, const Answer& answer);

} // namespace strata::registry::api
