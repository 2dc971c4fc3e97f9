// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.hpp"
#include "seeds.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <string>
#include <string_view>
#include <vector>

namespace strata::fuzz {
namespace {

void write(const sys::Path& folder, const std::vector<std::string>& texts)
{
    sys::ensure_folders(folder);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        sys::write_all(sys::open_file(folder / std::to_string(i), O_RDWR | O_CREAT | O_TRUNC, 0644),
                       texts[i]);
    }
}

} // namespace

void make_registry_api_seeds(const sys::Path& folder)
{
    write(folder / "registry_path_fuzz",
          {"/v2/", "/v2/_catalog", "/v2/a/b/manifests/latest", "/v2/a/tags/list",
           "/v2/a/blobs/uploads/", "/v2/a/blobs/uploads/id", "/v2/a/blobs/sha256:0",
           "/v2/a/referrers/sha256:0", "/v2/a/_oci/ext/discover", "bytes=0-1", "bytes=-5",
           "bytes=7-", "0-1023", "bytes 0-1/*"});
    const oci::Descriptor part{.media_type = std::string{oci::media_type::kLayerGzip},
                               .digest = {oci::kEmptyJsonDigest},
                               .size = 2,
                               .urls = {"https://example.com"},
                               .annotations = {{"a", "b"}}};
    const oci::Manifest manifest{.media_type = std::string{oci::media_type::kManifest},
                                 .config = part,
                                 .layers = {part},
                                 .subject = part,
                                 .annotations = {{"k", "v"}},
                                 .artifact_type = "a/b"};
    const oci::Index index{.media_type = std::string{oci::media_type::kIndex},
                           .manifests = {part},
                           .annotations = {{"k", "v"}}};
    write(folder / "registry_manifest_fuzz", {manifest.print(), index.print()});
}

} // namespace strata::fuzz
