// SPDX-License-Identifier: Apache-2.0
#include "seeds.hpp"

#include <fcntl.h>

#include <string_view>

namespace strata::fuzz {
namespace {

void write(const sys::Path& folder, std::string_view name, std::string_view text)
{
    sys::write_all(sys::open_file(folder / name, O_RDWR | O_CREAT | O_TRUNC, 0644), text);
}

constexpr std::string_view kConfig = R"(version: 0.1
log: {level: debug, formatter: json, fields: {service: registry}}
storage:
  filesystem: &f {rootdirectory: /srv/registry, maxthreads: 100}
  delete: {enabled: true}
  maintenance: {uploadpurging: {age: 2h10m}, readonly: {enabled: false}}
auth: {htpasswd: {realm: r, path: /p}}
http:
  addr: :5000
  tls: {certificate: /c, key: /k, clientcas: [/a], ciphersuites: [TLS_AES_128_GCM_SHA256]}
  headers: {X-Content-Type-Options: [nosniff]}
notifications: {endpoints: [{name: a, url: "http://x", headers: {A: [b]}, timeout: 1s}]}
health: {storagedriver: {enabled: true, interval: 10s, threshold: 3}, tcp: [{addr: "x:1"}]}
validation: {manifests: {urls: {allow: ['^https?://'], deny: []}}}
strata:
  access: {groups: {g: [a]}, rules: [{repositories: ["a/**"], groups: [g], actions: [pull]}]}
  proxies: [{prefix: hub, remoteurl: "https://registry-1.docker.io", size: 5GiB}]
  quota: {default: 1GiB}
---
REGISTRY_HTTP_ADDR=:1
REGISTRY_HTTP_TLS_CLIENTCAS_1=/b
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/x
)";

} // namespace

void make_registry_seeds(const sys::Path& folder)
{
    const sys::Path configs = folder / "registry_config_fuzz";
    const sys::Path credentials = folder / "registry_auth_fuzz";
    sys::ensure_folders(configs);
    sys::ensure_folders(credentials);
    write(configs, "all", kConfig);
    write(configs, "minimal", "version: 0.1\nstorage: filesystem\n");
    write(credentials, "basic", "Basic YWRhOnNlY3JldA==");
    write(credentials, "token",
          "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJpIiwiYXVkIjoicyIsImV4cCI6OTl9.AAAA");
    write(credentials, "scope", "repository(plugin):host:5000/a/b:pull,push");
    write(credentials, "htpasswd",
          "ada:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\nbob:$apr1$a$b\n");
    write(credentials, "jwks",
          R"({"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"},)"
          R"({"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"oct","k":"AQ"},)"
          R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    write(credentials, "challenge", R"(Bearer realm="https://a/token",service="s",scope="x")");
    write(credentials, "pattern", "team/${user}/*-x/**");
}

} // namespace strata::fuzz
