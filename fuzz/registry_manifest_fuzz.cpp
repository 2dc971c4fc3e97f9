// SPDX-License-Identifier: Apache-2.0
//
// Manifests as they are pushed: whatever is refused is refused as such, and never a failure.
#include "base/json.hpp"
#include "registry/api/codes.hpp"
#include "registry/api/manifest_check.hpp"

#include <boost/json.hpp>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace strata;
using namespace strata::registry;
using namespace strata::registry::api;

void push(const std::shared_ptr<const std::string>& bytes, std::string_view content_type)
{
    static const ManifestRules rules{{.allow_urls = {"^https://"}, .deny_urls = {"denied"}}};
    try {
        const NewManifest manifest =
            understand_manifest(Digest::of(*bytes), bytes, content_type, rules);
        if (manifest.media_type.empty() || manifest.bytes != bytes) {
            std::abort();
        }
        if (!manifest.annotations.empty()) {
            json::parse(manifest.annotations, "annotations", {.max_bytes = std::size_t{64} << 20});
        }
    } catch (const Refused& refused) {
        if (refused.response().status != 400) {
            std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes =
        std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
    for (const std::string_view type :
         std::array<std::string_view, 4>{"", oci::media_type::kManifest, oci::media_type::kIndex,
                                         oci::media_type::kDockerManifestList}) {
        push(bytes, type);
    }
    return 0;
}
