// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/reference.hpp"

#include <string>

namespace strata::store {

/// How the table `name` spells a reference: canonical, with a tag or a digest, never both. A digest
/// says more than a tag.
inline std::string name_key(const oci::Reference& name)
{
    return name.digest() ? name.name_only().with_digest(*name.digest()).str()
                         : name.with_default_tag().str();
}

} // namespace strata::store
