// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "seeds.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <string_view>

namespace strata::fuzz {
namespace {

using namespace oci;

void write(const sys::Path& folder, std::string_view name, std::string_view text)
{
    sys::write_all(sys::open_file(folder / name, O_RDWR | O_CREAT | O_TRUNC, 0644), text);
}

ImageConfig full_config()
{
    ImageConfig image;
    image.created = parse_rfc3339("2024-05-01T12:00:00.5Z");
    image.set_platform(Platform::parse("linux/arm/v7"));
    image.config = {.user = "a:b",
                    .env = {"PATH=/bin"},
                    .entrypoint = std::vector<std::string>{},
                    .cmd = std::vector<std::string>{"sh"},
                    .exposed_ports = {"80/tcp"},
                    .volumes = {"/v"},
                    .labels = {{"k", "v"}},
                    .healthcheck = Healthcheck{.test = {"CMD", "true"}, .retries = 3}};
    image.add_step({.created = image.created, .created_by = "ADD x /"}, kEmptyLayer);
    image.add_step({.created_by = "ENV", .comment = "c"}, std::nullopt);
    image.unknown = {{"x", R"({"y":[1,2.5,null]})"}};
    return image;
}

Descriptor full_descriptor(std::string_view media_type)
{
    return {.media_type = std::string{media_type},
            .digest = {kEmptyJsonDigest},
            .size = 2,
            .urls = {"https://example.com"},
            .annotations = {{"a", "b"}},
            .data = "{}",
            .platform = Platform::parse("windows(10.0.1+win32k)/amd64")};
}

} // namespace

void make_oci_seeds(const sys::Path& folder)
{
    const sys::Path documents = folder / "manifest_fuzz";
    const sys::Path references = folder / "reference_fuzz";
    sys::ensure_folders(documents);
    sys::ensure_folders(references);

    const Descriptor config = full_descriptor(media_type::kConfig);
    const Manifest manifest{.media_type = std::string{media_type::kManifest},
                            .config = config,
                            .layers = {full_descriptor(media_type::kLayerGzip)},
                            .subject = config,
                            .annotations = {{"k", "v"}}};
    const Index index{.media_type = std::string{media_type::kDockerManifestList},
                      .manifests = {full_descriptor(media_type::kDockerManifest)}};
    write(documents, "config", full_config().print());
    write(documents, "manifest", manifest.print());
    write(documents, "index", index.print());
    write(documents, "descriptor", config.print());

    write(references, "full", fmt::format("host:5000/a/b_c:tag@{}", kEmptyJsonDigest));
    write(references, "ipv6", "[2001:db8::1]:80/a--b.c__d");
    write(references, "platform", "windows(10.0.17763.1+win32k)/arm/v7");
}

} // namespace strata::fuzz
