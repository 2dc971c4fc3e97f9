// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"

namespace strata::registry::api {

/// Whether the Accept fields are those of a client from before there were lists of manifests: they
/// name one of the two kinds of manifest, and neither kind of list, nor "anything".
///
/// Only such a client gets an image where a tag names an index. Everybody else gets what was
/// pushed, whatever they accept: a 404 for an Accept field is what people remember Distribution by.
bool takes_no_index(const http::Request& request);

} // namespace strata::registry::api
