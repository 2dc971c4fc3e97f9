// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"
#include "registry/api/handlers.hpp"

#include <fmt/format.h>

namespace strata::registry::api::system {

http::Response alive(Call&)
{
    // For load balancers, which often can ask for nothing else.
    return http::Response{}.field("Cache-Control", "no-cache");
}

http::Response base(Call&)
{
    return json_answer(200, "{}");
}

/// distribution-spec, extensions: what is served beside the specification.
http::Response discover(Call& call)
{
    return json_answer(
        200, fmt::format(R"({{"extensions":[{{"name":"_catalog","url":"https://github.com/)"
                         R"(opencontainers/distribution-spec/tree/main/extensions","description":)"
                         R"("List the repositories","endpoints":[{}]}},{{"name":"_oci","url":)"
                         R"("https://github.com/opencontainers/distribution-spec/tree/main/)"
                         R"(extensions","description":"Discover extensions","endpoints":[{}]}}]}})"
                         "\n",
                         json::quote(call.url("/v2/_catalog")),
                         json::quote(call.url("/v2/_oci/ext/discover"))));
}

/// What dockerd asks before `docker search`.
http::Response ping_v1(Call&)
{
    return json_answer(200, "{}\n").field("X-Docker-Registry-Standalone", "true");
}

} // namespace strata::registry::api::system
