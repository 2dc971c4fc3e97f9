// SPDX-License-Identifier: Apache-2.0
#include "store/config_summary.hpp"

#include "base/error.hpp"
#include "oci/image_config.hpp"

namespace strata::store {

ConfigSummary summarize_config(std::string_view config)
{
    oci::ImageConfig parsed = oci::ImageConfig::parse(config);
    ConfigSummary summary;
    summary.layers = std::move(parsed.diff_ids);
    for (const oci::DiffId& id : summary.layers) {
        if (id.value.algorithm() != oci::HashAlgorithm::sha256) {
            throw Error{Errc::unsupported,
                        fmt::format("diff id {}: layers are named by sha256 only", id)};
        }
    }
    if (parsed.created && *parsed.created != kZeroTime) {
        summary.created_ns = parsed.created->time_since_epoch().count();
    }
    for (auto& [name, value] : parsed.config.labels) {
        summary.labels.emplace_back(name, std::move(value));
    }
    return summary;
}

} // namespace strata::store
