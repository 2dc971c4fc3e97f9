// SPDX-License-Identifier: Apache-2.0
#include "registry/proxy/upstream.hpp"

#include "base/base64.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "registry/auth/rules.hpp"
#include "sys/process.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace strata::registry {
namespace {

constexpr std::uint64_t kMaxTokenAnswer = 64 << 10;
constexpr std::size_t kMostTokens = 1000;
constexpr std::chrono::seconds kConnect{10};
constexpr std::chrono::seconds kStall{30};

std::string host_of(std::string_view url)
{
    url.remove_prefix(std::min(url.find("://") + 3, url.size()));
    return std::string{url.substr(0, url.find('/'))};
}

/// Docker Hub has official images under "library/", and its users leave that out.
bool is_docker_hub(std::string_view host)
{
    return host == "registry-1.docker.io" || host == "docker.io" || host == "index.docker.io";
}

std::string basic(std::string_view user, std::string_view password)
{
    return "Basic " + encode_base64(fmt::format("{}:{}", user, password));
}

bool is_token_character(char c)
{
    return c > ' ' && c < 0x7f &&
           std::string_view{"\"(),/:;<=>?@[\\]{}"}.find(c) == std::string_view::npos;
}

std::string_view take_token(std::string_view& text)
{
    std::size_t size = 0;
    while (size < text.size() && is_token_character(text[size])) {
        ++size;
    }
    const std::string_view token = text.substr(0, size);
    text.remove_prefix(size);
    return token;
}

void skip(std::string_view& text, std::string_view characters)
{
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// The value of a parameter, quoted or not; nothing if a quote is not closed.
std::optional<std::string> take_value(std::string_view& text)
{
    if (!text.starts_with('"')) {
        return std::string{take_token(text)};
    }
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
        }
        value += text[i];
    }
    return std::nullopt;
}

} // namespace

std::optional<Challenge> Challenge::parse(std::string_view field)
{
    field = trim(field);
    Challenge challenge{.scheme = to_lower(take_token(field))};
    if (challenge.scheme.empty()) {
        return std::nullopt;
    }
    for (skip(field, " \t,"); !field.empty(); skip(field, " \t,")) {
        const std::string name = to_lower(take_token(field));
        skip(field, " \t");
        if (name.empty() || !field.starts_with('=')) {
            return std::nullopt;
        }
        field.remove_prefix(1);
        skip(field, " \t");
        auto value = take_value(field);
        if (!value) {
            return std::nullopt;
        }
        challenge.parameters.insert_or_assign(name, *std::move(value));
    }
    return challenge;
}

Upstream::Upstream(UpstreamConfig config, Outbound outbound)
    : config_{std::move(config)}, host_{host_of(config_.url)}, outbound_{std::move(outbound)}
{
}

bool Upstream::is_called(std::string_view ns) const noexcept
{
    return !config_.ns.empty() ? ns == config_.ns
                               : ns == host_ || (is_docker_hub(host_) && is_docker_hub(ns));
}

std::optional<std::string> Upstream::name_there(std::string_view repository) const
{
    if (std::ranges::any_of(config_.local, [&](const std::string& pattern) {
            return RepositoryPattern::matches(pattern, repository);
        })) {
        return std::nullopt;
    }
    if (!config_.prefix.empty()) {
        if (!repository.starts_with(config_.prefix) ||
            repository.size() <= config_.prefix.size() + 1 ||
            repository[config_.prefix.size()] != '/') {
            return std::nullopt;
        }
        repository.remove_prefix(config_.prefix.size() + 1);
    }
    const bool official = is_docker_hub(host_) && repository.find('/') == std::string_view::npos;
    return (official ? "library/" : "") + std::string{repository};
}

http::ClientResponse Upstream::ask(std::string_view method, std::string_view name_there,
                                   std::string_view path, std::vector<http::Field> fields,
                                   std::stop_token stop)
{
    const std::string name{name_there};
    const auto send = [&](const std::optional<std::string>& authorization) {
        http::ClientRequest request{.method = std::string{method},
                                    .url = fmt::format("{}/v2/{}/{}", config_.url, name, path),
                                    .fields = fields};
        if (authorization) {
            request.fields.push_back({"Authorization", *authorization});
        }
        request.connect_timeout = kConnect;
        request.stall_timeout = kStall;
        request.stop = stop;
        return outbound_(std::move(request));
    };
    http::ClientResponse response = send(known_authorization(name));
    if (response.status != 401) {
        return response;
    }
    const auto field = response.field("WWW-Authenticate");
    const auto challenge = field ? Challenge::parse(*field) : std::nullopt;
    const auto authorization = challenge ? authorize(*challenge, name) : std::nullopt;
    return authorization ? send(authorization) : std::move(response);
}

std::optional<std::string> Upstream::known_authorization(const std::string& name)
{
    const std::scoped_lock lock{mutex_};
    const auto token = tokens_.find(name);
    return token == tokens_.end() || token->second.until <= Clock::now()
               ? std::nullopt
               : std::optional{token->second.authorization};
}

std::optional<std::string> Upstream::authorize(const Challenge& challenge, const std::string& name)
{
    Token token{.authorization = {}, .until = Clock::now() + std::chrono::minutes{5}};
    if (challenge.scheme == "basic") {
        const auto known = credentials();
        if (!known) {
            return std::nullopt;
        }
        token.authorization = basic(known->user, known->password);
    } else if (challenge.scheme == "bearer") {
        token.authorization = "Bearer " + fetch_token(challenge, name, token);
    } else {
        return std::nullopt;
    }
    const std::scoped_lock lock{mutex_};
    if (tokens_.size() >= kMostTokens) {
        tokens_.clear();
    }
    tokens_.insert_or_assign(name, token);
    return token.authorization;
}

std::string Upstream::fetch_token(const Challenge& challenge, const std::string& name, Token& token)
{
    const auto realm = challenge.parameters.find("realm");
    if (realm == challenge.parameters.end() || !http::is_url(realm->second)) {
        throw Error{Errc::unavailable,
                    fmt::format("{}: its challenge names no place to get tokens", config_.url)};
    }
    const auto service = challenge.parameters.find("service");
    http::ClientRequest request{
        .url = fmt::format(
            "{}{}service={}&scope={}", realm->second,
            realm->second.find('?') == std::string::npos ? '?' : '&',
            service == challenge.parameters.end() ? "" : http::percent_encode(service->second),
            http::percent_encode(fmt::format("repository:{}:pull", name)))};
    if (const auto known = credentials()) {
        request.fields.push_back({"Authorization", basic(known->user, known->password)});
    }
    request.connect_timeout = kConnect;
    request.total_timeout = kStall;
    const http::ClientResponse response = outbound_(std::move(request));
    if (response.status != 200) {
        throw Error{response.status == 401 || response.status == 403 ? Errc::denied
                                                                     : Errc::unavailable,
                    fmt::format("{} gives no token: status {}", realm->second, response.status)};
    }
    const boost::json::value document =
        json::parse(io::read_all(*response.body, kMaxTokenAnswer), "token");
    const json::Field answer{document, "token"};
    std::string text = answer.string_or("token", answer.string_or("access_token"));
    if (text.empty() || text.find_first_of("\r\n") != std::string::npos) {
        throw Error{Errc::unavailable, fmt::format("{} gives no token", realm->second)};
    }
    const std::int64_t lifetime =
        std::clamp<std::int64_t>(answer.integer_or("expires_in", 60), 60, 86'400);
    token.until = Clock::now() + std::chrono::seconds{lifetime * 9 / 10};
    return text;
}

std::optional<Upstream::Credentials> Upstream::credentials()
{
    if (!config_.username.empty()) {
        return Credentials{config_.username, config_.password};
    }
    if (config_.exec_command.empty()) {
        return std::nullopt;
    }
    {
        const std::scoped_lock lock{mutex_};
        if (helped_ && (!helped_->until || *helped_->until > Clock::now())) {
            return helped_;
        }
    }
    Credentials found = run_helper();
    const std::scoped_lock lock{mutex_};
    helped_ = found;
    return found;
}

/// The protocol of Docker's credential helpers: the server's name in, JSON out.
Upstream::Credentials Upstream::run_helper() const
{
    const sys::Fd question = sys::create_memory_file();
    sys::write_all_at(question, std::as_bytes(std::span{config_.url}), 0);
    const sys::Output answer = sys::run_and_collect(
        {.command = {config_.exec_command, "get"}, .fds = {{.number = 0, .fd = question}}});
    if (!answer.status.success()) {
        throw Error{Errc::denied, fmt::format("{} get: {}: {}", config_.exec_command,
                                              answer.status.describe(), trim(answer.error))};
    }
    const boost::json::value document = json::parse(answer.out, config_.exec_command);
    const json::Field found{document, config_.exec_command};
    Credentials credentials{found.get("Username").string(), found.get("Secret").string()};
    if (config_.exec_lifetime) {
        credentials.until =
            Clock::now() + std::chrono::duration_cast<Clock::duration>(*config_.exec_lifetime);
    }
    return credentials;
}

} // namespace strata::registry
