// SPDX-License-Identifier: Apache-2.0
#include "http/tls.hpp"

#include "base/error.hpp"

namespace strata::http {

std::shared_ptr<const TlsContext> make_tls_context(const TlsOptions&)
{
    throw Error{Errc::unsupported, "TLS is not built in"};
}

} // namespace strata::http
