// SPDX-License-Identifier: Apache-2.0
#include "seeds.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <string>
#include <string_view>

namespace strata::fuzz {
namespace {

void write(const sys::Path& folder, std::string_view name, std::string_view text)
{
    sys::ensure_folders(folder);
    sys::write_all(sys::open_file(folder / name, O_RDWR | O_CREAT | O_TRUNC, 0644), text);
}

constexpr std::string_view kChanges = R"(# a comment
CMD ["a", "b"]
ENTRYPOINT exec "$HOME/x y"
ENV a=1 b="2 3" \
    c=${a:-x}${b:+'q'}${EMPTY:?why}
ENV old style $a
EXPOSE 80 53/udp 1000-1002 8080:81/sctp
LABEL x="a b" 'quoted key'=v
ONBUILD RUN make
USER joe:staff
VOLUME /a ["/b"]
VOLUME ["/c d"]
WORKDIR x/../y
HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD curl x
HEALTHCHECK NONE
STOPSIGNAL SIGRTMIN+3
SHELL ["/bin/bash", "-c"]
)";

// The language of load_plan_fuzz.cpp.
constexpr std::string_view kConfig =
    R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:@0"]},"history":[{"created_by":"x"}]})";
constexpr std::string_view kManifest =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
    R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:@1","size":#1},)"
    R"("layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:@0","size":#0}]})";
constexpr std::string_view kIndex =
    R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:@2","size":#2,)"
    R"("platform":{"os":"linux","architecture":"amd64"},"annotations":{"io.containerd.image.name":"docker.io/library/a:1"}}]})";
constexpr std::string_view kOuter =
    R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:@3","size":#3}]})";
constexpr std::string_view kDocker =
    R"([{"Config":"blobs/sha256/@1","RepoTags":["a:1","b/c:2"],"Layers":["blobs/sha256/@0"],"Parent":"sha256:@1"}])";

std::string archive(std::initializer_list<std::pair<std::string_view, std::string_view>> members)
{
    std::string text;
    for (const auto& [name, content] : members) {
        text += std::string{name} + '\n' + std::string{content} + '\xff';
    }
    return text;
}

} // namespace

void make_engine_seeds(const sys::Path& folder)
{
    write(folder / "changes_fuzz", "all", kChanges);
    write(folder / "load_plan_fuzz", "docker",
          archive({{"@", "layer"},
                   {"@", kConfig},
                   {"manifest.json", kDocker},
                   {"repositories", R"({"a":{"1":"x"}})"}}));
    write(folder / "load_plan_fuzz", "both",
          archive({{"@", "layer"},
                   {"@", kConfig},
                   {"@", kManifest},
                   {"index.json", kIndex},
                   {"manifest.json", kDocker}}));
    write(folder / "load_plan_fuzz", "oci",
          archive({{"@", "layer"},
                   {"@", kConfig},
                   {"@", kManifest},
                   {"@", kIndex},
                   {"index.json", kOuter},
                   {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}}));
    write(folder / "load_plan_fuzz", "v1",
          archive({{"a/layer.tar", "layer"},
                   {"a/json", R"({"id":"a","os":"linux","container_config":{"Cmd":["x"]}})"},
                   {"b/layer.tar", "other"},
                   {"b/json",
                    R"({"id":"b","parent":"a","os":"linux","created":"2015-01-02T03:04:05Z"})"},
                   {"repositories", R"({"a":{"1":"b"}})"}}));
}

} // namespace strata::fuzz
