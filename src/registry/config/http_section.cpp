// SPDX-License-Identifier: Apache-2.0
#include "registry/config/sections.hpp"

#include <array>

namespace strata::registry {
namespace {

using http::TlsOptions;

template <typename T>
using Choice = std::pair<std::string_view, T>;

constexpr auto kClientAuth = std::to_array<Choice<TlsOptions::ClientAuth>>({
    {"request-client-cert", TlsOptions::ClientAuth::request},
    {"require-any-client-cert", TlsOptions::ClientAuth::require_any},
    {"verify-client-cert-if-given", TlsOptions::ClientAuth::verify_if_given},
    {"require-and-verify-client-cert", TlsOptions::ClientAuth::require},
});

constexpr auto kMinimum = std::to_array<Choice<TlsOptions::Minimum>>({
    {"tls1.0", TlsOptions::Minimum::tls_1_0},
    {"tls1.1", TlsOptions::Minimum::tls_1_1},
    {"tls1.2", TlsOptions::Minimum::tls_1_2},
    {"tls1.3", TlsOptions::Minimum::tls_1_3},
});

/// Go's names, and OpenSSL's; those without one are not offered by any OpenSSL of today.
constexpr auto kCipherSuites = std::to_array<Choice<std::string_view>>({
    {"TLS_RSA_WITH_RC4_128_SHA", ""},
    {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", ""},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_RC4_128_SHA", ""},
    {"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", ""},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
});

void read_cipher_suites(Section& section, std::vector<std::string>& into)
{
    std::vector<std::string> names;
    section.read("ciphersuites", names);
    for (const std::string& name : names) {
        const Choice<std::string_view>* found = nullptr;
        for (const auto& suite : kCipherSuites) {
            found = suite.first == name ? &suite : found;
        }
        if (found == nullptr) {
            section.refuse("ciphersuites", fmt::format("there is no cipher suite '{}'", name));
        }
        if (found->second.empty()) {
            section.warn("ciphersuites", fmt::format("{} is not offered: it is broken", name));
        } else {
            into.emplace_back(found->second);
        }
    }
    if (!names.empty() && into.empty()) {
        section.refuse("ciphersuites", "none of them can be offered");
    }
}

std::optional<TlsOptions> read_tls(Section& http)
{
    Section tls = http.section("tls");
    TlsOptions options;
    tls.read("certificate", options.certificate);
    tls.read("key", options.key);
    Section acme = tls.section("letsencrypt");
    std::string cache;
    acme.read("cachefile", cache);
    if (!cache.empty() && options.certificate.empty()) {
        tls.unsupported("letsencrypt", "put a proxy that gets certificates in front, such as Caddy "
                                       "or NGINX, or give tls.certificate and tls.key");
    }
    if (!cache.empty()) {
        tls.warn("letsencrypt", "has no effect: tls.certificate is used");
    } else if (acme.there()) {
        tls.warn("letsencrypt", "has no effect without a cachefile, as in Distribution");
    }
    if (options.certificate.empty() && options.key.empty()) {
        tls.ignore("clientcas", "has no effect without tls.certificate");
        return std::nullopt;
    }
    if (options.certificate.empty() || options.key.empty()) {
        tls.refuse(options.key.empty() ? "key" : "certificate", "is missing");
    }
    tls.read("clientcas", options.client_cas);
    tls.read_choice("clientauth", options.client_auth, kClientAuth);
    tls.read_choice("minimumtls", options.minimum, kMinimum);
    read_cipher_suites(tls, options.cipher_suites);
    tls.finish();
    return options;
}

void read_debug(Section& http, HttpConfig::Debug& into)
{
    Section debug = http.section("debug");
    debug.read("addr", into.address);
    Section prometheus = debug.section("prometheus");
    prometheus.read("enabled", into.prometheus);
    prometheus.read("path", into.prometheus_path);
    if (!into.prometheus_path.starts_with('/')) {
        prometheus.refuse("path", "must begin with a slash");
    }
    prometheus.finish();
    debug.finish();
}

} // namespace

void read_http(Section& root, Config& config)
{
    HttpConfig& into = config.http;
    Section http = root.section("http");
    http.read("addr", into.address);
    std::string network = "tcp";
    http.read("net", network);
    if (network != "tcp" && network != "unix" && !network.empty()) {
        http.refuse("net", fmt::format("'{}' is none of tcp, unix", network));
    }
    into.unix_socket = network == "unix";
    http.read("prefix", into.prefix);
    if (into.prefix.empty()) {
        into.prefix = "/";
    }
    if (!into.prefix.starts_with('/') || !into.prefix.ends_with('/')) {
        http.refuse("prefix", "must begin and end with a slash");
    }
    http.read("host", into.host);
    if (!into.host.empty() && into.host.find("://") == std::string::npos) {
        http.refuse("host", "expected a URL such as https://registry.example.com");
    }
    while (into.host.ends_with('/')) {
        into.host.pop_back();
    }
    http.ignore("secret", "has no effect: nothing about an upload is entrusted to the client");
    if (http.has("relativeurls")) {
        http.read("relativeurls", into.relative_urls.emplace(false));
    }
    http.read("draintimeout", into.drain_timeout);
    into.tls = read_tls(http);
    http.read("headers", into.headers);
    read_debug(http, into.debug);

    Section http2 = http.section("http2");
    bool disabled = true;
    http2.read("disabled", disabled);
    if (!disabled) {
        http2.warn("disabled", "HTTP/2 is not spoken; put a proxy in front for it");
    }
    http2.finish();
    Section h2c = http.section("h2c");
    bool enabled = false;
    h2c.read("enabled", enabled);
    if (enabled) {
        h2c.warn("enabled", "HTTP/2 is not spoken; put a proxy in front for it");
    }
    h2c.finish();
    http.finish();
}

http::ServerOptions server_options(const Config& config)
{
    http::ServerOptions options;
    options.address = config.http.address;
    options.unix_socket = config.http.unix_socket;
    options.tls = config.http.tls;
    if (config.limits.workers != 0) {
        options.workers = config.limits.workers;
    } else if (config.storage.max_threads) {
        options.workers = *config.storage.max_threads;
    }
    options.connections = config.limits.connections;
    options.body_bytes = config.limits.body_bytes;
    options.requests_per_second = config.limits.requests_per_second;
    options.burst = config.limits.burst;
    return options;
}

} // namespace strata::registry
