// SPDX-License-Identifier: Apache-2.0
#include "registry/outbound.hpp"

namespace strata::registry {

Outbound make_outbound()
{
    return [client = std::make_shared<const http::Client>(
                http::ClientOptions{.user_agent = "strata-registry"})](
               http::ClientRequest request) { return client->send(std::move(request)); };
}

} // namespace strata::registry
