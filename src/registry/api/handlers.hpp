// SPDX-License-Identifier: Apache-2.0
//
// One function an endpoint. They say what they want; whatever they cannot have is thrown, and
// translated once, by the dispatcher (api.cpp). routes.cpp says which is for what.
#pragma once

#include "registry/api/call.hpp"

namespace strata::registry::api {

namespace system {
http::Response alive(Call& call);
http::Response base(Call& call);
http::Response discover(Call& call);
http::Response ping_v1(Call& call);
} // namespace system

namespace listings {
http::Response catalog(Call& call);
http::Response search(Call& call);
http::Response tags(Call& call);
http::Response referrers(Call& call);
} // namespace listings

namespace blobs {
http::Response get(Call& call);
http::Response head(Call& call);
http::Response remove(Call& call);
} // namespace blobs

namespace uploads {
http::Response start(Call& call);
http::Response status(Call& call);
http::Response append(Call& call);
http::Response finish(Call& call);
http::Response cancel(Call& call);
} // namespace uploads

namespace manifests {
http::Response get(Call& call); // and HEAD
http::Response put(Call& call);
http::Response remove(Call& call);
} // namespace manifests

} // namespace strata::registry::api
