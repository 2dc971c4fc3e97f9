// SPDX-License-Identifier: Apache-2.0
#include "container/host_files.hpp"

#include "base/strings.hpp"

#include <fmt/format.h>

namespace strata::container {
namespace {

constexpr std::string_view kLocalHosts = "127.0.0.1\tlocalhost\n"
                                         "::1\tlocalhost ip6-localhost ip6-loopback\n"
                                         "fe00::0\tip6-localnet\n"
                                         "ff00::0\tip6-mcastprefix\n"
                                         "ff02::1\tip6-allnodes\n"
                                         "ff02::2\tip6-allrouters\n";

bool is_about(std::string_view line, std::string_view keyword)
{
    const auto words = split_words(line);
    return !words.empty() && words.front() == keyword;
}

} // namespace

std::string hosts_file(const Config& config, std::string_view host)
{
    std::string text{config.network == NetworkMode::host ? host : kLocalHosts};
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    for (const std::string& extra :
         config.extra_hosts) { // "name:address"; the address may have colons
        if (const auto parts = split_once(extra, ':')) {
            fmt::format_to(std::back_inserter(text), "{}\t{}\n", parts->second, parts->first);
        }
    }
    return text;
}

std::string resolv_conf_file(const Config& config, std::string_view host)
{
    if (config.dns.empty() && config.dns_search.empty() && config.dns_options.empty()) {
        return std::string{host};
    }
    // What was asked for takes the place of the host's lines of the same kind.
    std::string text;
    for (const std::string& line : split(host, '\n')) {
        const bool replaced = (!config.dns.empty() && is_about(line, "nameserver")) ||
                              (!config.dns_search.empty() && is_about(line, "search")) ||
                              (!config.dns_options.empty() && is_about(line, "options"));
        if (!replaced && !line.empty()) {
            text += line + '\n';
        }
    }
    for (const std::string& address : config.dns) {
        fmt::format_to(std::back_inserter(text), "nameserver {}\n", address);
    }
    if (!config.dns_search.empty() && config.dns_search.front() != ".") {
        fmt::format_to(std::back_inserter(text), "search {}\n", join(config.dns_search, " "));
    }
    if (!config.dns_options.empty()) {
        fmt::format_to(std::back_inserter(text), "options {}\n", join(config.dns_options, " "));
    }
    return text;
}

} // namespace strata::container
