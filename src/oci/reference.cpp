// SPDX-License-Identifier: Apache-2.0
//
// The grammar, from the top:
//
//     reference      = [domain "/"] path [":" tag] ["@" digest]
//     domain         = host [":" digits]         host = labels of letters, digits, inner "-" | "["
//     ipv6 "]" path           = component *("/" component) component      = alphanumeric
//     *(separator alphanumeric)     lowercase only separator      = "." | "_" | "__" | "-"...
//
// It can be read without backtracking: only a digest follows "@", a tag holds no "/", and a path no
// ":".
#include "oci/reference.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <utility>

namespace strata::oci {
namespace {

constexpr std::string_view kLegacyDomain = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr std::size_t kPathMax = 255;
constexpr std::size_t kTagMax = 128;

// Not <cctype>: those depend on the locale.
constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c)
{
    return is_lower(c) || is_upper(c);
}
constexpr bool is_alphanumeric(char c)
{
    return is_letter(c) || is_digit(c);
}
constexpr bool is_path_character(char c)
{
    return is_lower(c) || is_digit(c);
}
constexpr bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool has_upper(std::string_view text)
{
    return std::ranges::any_of(text, is_upper);
}

std::string lowered(std::string_view text)
{
    std::string lower{text};
    for (char& c : lower) {
        c = is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower;
}

/// Whether every part of `text` between the separators satisfies `is_part`.
template <typename Predicate>
bool all_parts(std::string_view text, char separator, Predicate is_part)
{
    while (true) {
        const std::size_t end = text.find(separator);
        if (!is_part(text.substr(0, end))) {
            return false;
        }
        if (end == text.npos) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
}

bool is_host_label(std::string_view label)
{
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_host(std::string_view host)
{
    if (host.starts_with('[')) {
        return host.size() > 2 && host.ends_with(']') &&
               std::ranges::all_of(host.substr(1, host.size() - 2),
                                   [](char c) { return is_hex(c) || c == ':'; });
    }
    return all_parts(host, '.', is_host_label);
}

bool is_domain(std::string_view domain)
{
    // The colons of an IPv6 address are inside its brackets, before any port.
    const std::size_t bracket = domain.rfind(']');
    const std::size_t colon = domain.find(':', bracket == domain.npos ? 0 : bracket);
    if (colon == domain.npos) {
        return is_host(domain);
    }
    const std::string_view port = domain.substr(colon + 1);
    return is_host(domain.substr(0, colon)) && !port.empty() && std::ranges::all_of(port, is_digit);
}

bool is_separator(std::string_view text)
{
    return text == "." || text == "_" || text == "__" || text.find_first_not_of('-') == text.npos;
}

bool is_path_component(std::string_view component)
{
    if (component.empty() || !is_path_character(component.front()) ||
        !is_path_character(component.back())) {
        return false;
    }
    while (true) {
        const auto separator = std::ranges::find_if_not(component, is_path_character);
        const auto next = std::find_if(separator, component.end(), is_path_character);
        if (separator == component.end()) {
            return true;
        }
        if (!is_separator({separator, next})) {
            return false;
        }
        component = {next, component.end()};
    }
}

bool is_path(std::string_view path)
{
    return all_parts(path, '/', is_path_component);
}

/// The shape `algorithm:hex`, of any algorithm; whether we know it is another question.
bool is_digest_shaped(std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == text.npos) {
        return false;
    }
    const std::string_view hex = text.substr(colon + 1);
    std::string algorithm{text.substr(0, colon)};
    std::ranges::replace_if(
        algorithm, [](char c) { return c == '-' || c == '_' || c == '.'; }, '+');
    return hex.size() >= 32 && std::ranges::all_of(hex, is_hex) &&
           all_parts(algorithm, '+', [](std::string_view part) {
               return !part.empty() && is_letter(part.front()) &&
                      std::ranges::all_of(part, is_alphanumeric);
           });
}

struct Parts {
    std::string_view domain, path;
    std::optional<std::string_view> tag, digest;
};

/// Splits and checks a name that has its domain written out, unless no domain can be found in it.
std::optional<Parts> match(std::string_view text)
{
    Parts parts;
    if (const std::size_t at = text.find('@'); at != text.npos) {
        parts.digest = text.substr(at + 1);
        text = text.substr(0, at);
    }
    const std::size_t last_slash = text.rfind('/');
    const std::size_t last_part = last_slash == text.npos ? 0 : last_slash + 1;
    if (const std::size_t colon = text.find(':', last_part); colon != text.npos) {
        parts.tag = text.substr(colon + 1);
        text = text.substr(0, colon);
    }
    const std::size_t slash = text.find('/');
    if (slash != text.npos && is_domain(text.substr(0, slash)) && is_path(text.substr(slash + 1))) {
        parts.domain = text.substr(0, slash);
        parts.path = text.substr(slash + 1);
    } else if (is_path(text)) {
        parts.path = text;
    } else {
        return std::nullopt;
    }
    if ((parts.tag && !is_valid_tag(*parts.tag)) ||
        (parts.digest && !is_digest_shaped(*parts.digest))) {
        return std::nullopt;
    }
    return parts;
}

/// `ubuntu` to `docker.io` and `library/ubuntu`: where the first part cannot be a host, there is
/// none.
std::pair<std::string, std::string> split_domain(std::string_view text)
{
    std::string domain{kDefaultDomain};
    std::string rest{text};
    if (const std::size_t slash = text.find('/'); slash != text.npos) {
        const std::string_view first = text.substr(0, slash);
        if (first.find_first_of(".:") != first.npos || first == "localhost" || has_upper(first)) {
            domain = first;
            rest = text.substr(slash + 1);
        }
    }
    if (domain == kLegacyDomain) {
        domain = kDefaultDomain;
    }
    if (domain == kDefaultDomain && rest.find('/') == rest.npos) {
        rest.insert(0, kOfficial);
    }
    return {std::move(domain), std::move(rest)};
}

[[noreturn]] void refuse(std::string message)
{
    throw Error{Errc::invalid_argument, std::move(message)};
}

Digest parse_digest(std::string_view text)
{
    if (const auto digest = Digest::try_parse(text)) {
        return *digest;
    }
    const std::size_t colon = text.find(':');
    const std::string_view algorithm = text.substr(0, colon);
    if (algorithm != "sha256" && algorithm != "sha512") {
        refuse("unsupported digest algorithm");
    }
    const std::size_t expected = algorithm == "sha256" ? 64 : 128;
    refuse(text.size() - colon - 1 != expected ? "invalid checksum digest length"
                                               : "invalid checksum digest format");
}

} // namespace

bool is_valid_tag(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= kTagMax && text.front() != '.' && text.front() != '-' &&
           std::ranges::all_of(
               text, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_valid_repository_path(std::string_view text) noexcept
{
    return text.size() <= kPathMax && is_path(text);
}

Reference Reference::parse(std::string_view text)
{
    if (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos) {
        refuse(fmt::format(
            "invalid repository name ({}), cannot specify 64-byte hexadecimal strings", text));
    }
    const auto [domain, rest] = split_domain(text);
    if (const std::string_view remote = std::string_view{rest}.substr(0, rest.find(':'));
        has_upper(remote)) {
        refuse(fmt::format("invalid reference format: repository name ({}) must be lowercase",
                           remote));
    }
    const std::string whole = domain + "/" + rest;
    const auto parts = match(whole);
    if (!parts) {
        refuse(match(lowered(whole)) ? "repository name must be lowercase"
                                     : "invalid reference format");
    }
    if (parts->path.size() > kPathMax) {
        refuse(fmt::format("repository name must not be more than {} characters", kPathMax));
    }

    Reference reference;
    reference.domain_ = parts->domain;
    reference.path_ = parts->path;
    reference.tag_ = parts->tag;
    if (parts->digest) {
        reference.digest_ = parse_digest(*parts->digest);
    }
    return reference;
}

std::optional<Reference> Reference::try_parse(std::string_view text)
{
    try {
        return parse(text);
    } catch (const Error&) {
        return std::nullopt;
    }
}

std::string Reference::name() const
{
    return domain_.empty() ? path_ : domain_ + "/" + path_;
}

std::string Reference::familiar_name() const
{
    if (domain_ != kDefaultDomain) {
        return name();
    }
    // library/a/b keeps its prefix: without it, it would be read as user a's repository b.
    if (path_.starts_with(kOfficial) && path_.find('/', kOfficial.size()) == path_.npos) {
        return path_.substr(kOfficial.size());
    }
    return path_;
}

std::string Reference::suffix() const
{
    return (tag_ ? ":" + *tag_ : std::string{}) + (digest_ ? "@" + digest_->str() : std::string{});
}

std::string Reference::str() const
{
    return name() + suffix();
}

std::string Reference::familiar() const
{
    return familiar_name() + suffix();
}

Reference Reference::name_only() const
{
    Reference reference{*this};
    reference.tag_.reset();
    reference.digest_.reset();
    return reference;
}

Reference Reference::with_tag(std::string_view tag) const
{
    if (!is_valid_tag(tag)) {
        refuse("invalid tag format");
    }
    Reference reference{*this};
    reference.tag_ = tag;
    return reference;
}

Reference Reference::with_digest(const Digest& digest) const
{
    Reference reference{*this};
    reference.digest_ = digest;
    return reference;
}

Reference Reference::with_default_tag() const
{
    return has_tag_or_digest() ? *this : with_tag(kDefaultTag);
}

} // namespace strata::oci
