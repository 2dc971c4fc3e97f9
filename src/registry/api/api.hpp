// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/server.hpp"
#include "registry/api/answer_cache.hpp"
#include "registry/api/call.hpp"
#include "registry/api/manifest_check.hpp"

namespace strata::registry::api {

/// The registry's HTTP interface: from a request to an answer.
///
/// What is asked most is answered on the loop's thread out of two caches; everything else goes
/// through the table of routes on a worker. Both check first what the caller may do.
class Api final : public http::Handler {
public:
    explicit Api(const Services& services);

    std::optional<http::Response> answer_at_once(const http::Request& request) override;
    http::Response handle(const http::Request& request, http::Body& body) override;
    http::Response refuse(std::uint16_t status, std::string_view why) override;

    /// What was changed outside of requests: by the collector, by another process.
    void forget_manifest(std::string_view repository, const Digest& digest,
                         const std::vector<TagName>& tags);
    void forget_blob(std::string_view repository, const Digest& digest);
    void forget_everything();

    // --- for handlers ----------------------------------------------------------------------------
    AnswerCache& manifests() noexcept { return manifests_; }
    AnswerCache& blobs() noexcept { return blobs_; }
    const ManifestRules& rules() const noexcept { return rules_; }
    /// The fields of an answer that is made once and sent often: `own` and those of every answer.
    http::SharedText prepared_fields(const std::string& own) const;

private:
    http::Response dispatch(const http::Request& request, http::Body& body);
    http::Response answer(const struct Route& route, Call& call);
    http::Response refuse_caller(const Route& route, const Call& call, std::string_view error);
    /// The path below http.prefix, decoded; nothing if it is not ours.
    std::optional<std::string> own_path(const http::Request& request) const;

    Services services_;
    ManifestRules rules_;
    AnswerCache manifests_;
    AnswerCache blobs_;
    http::SharedText common_fields_; // of every answer
};

/// The answer to GET and HEAD of something that exists; also 304, 206 and 416.
http::Response respond(const Answer& answer, const http::Request& request);

} // namespace strata::registry::api
