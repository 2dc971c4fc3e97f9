// SPDX-License-Identifier: Apache-2.0
#include "http/request_head.hpp"

#include "base/strings.hpp"

#include <algorithm>
#include <array>

namespace strata::http {
namespace {

constexpr std::size_t kMaxMethod = 32;
constexpr std::string_view kTokenSigns = "!#$%&'*+-.^_`|~";

/// RFC 9110 §5.6.2.
constexpr auto kIsToken = [] {
    std::array<bool, 256> is{};
    for (unsigned c = 0; c < 256; ++c) {
        const char sign = static_cast<char>(c);
        is[c] = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                kTokenSigns.find(sign) != std::string_view::npos;
    }
    return is;
}();

/// What may stand in a value: no control characters except the tab.
constexpr auto kIsValue = [] {
    std::array<bool, 256> is{};
    for (unsigned c = 0; c < 256; ++c) {
        is[c] = (c >= 0x20 && c != 0x7F) || c == '\t';
    }
    return is;
}();

constexpr auto kIsTarget = [] {
    std::array<bool, 256> is{};
    for (unsigned c = 0x21; c < 0x7F; ++c) {
        is[c] = c != '#';
    }
    return is;
}();

bool all(std::string_view text, const std::array<bool, 256>& is) noexcept
{
    return std::ranges::all_of(text, [&](char c) { return is[static_cast<unsigned char>(c)]; });
}

Method method_of(std::string_view name) noexcept
{
    struct Known {
        std::string_view name;
        Method method;
    };
    constexpr std::array kKnown{
        Known{"GET", Method::get},         Known{"HEAD", Method::head},
        Known{"PUT", Method::put},         Known{"POST", Method::post},
        Known{"PATCH", Method::patch},     Known{"DELETE", Method::remove},
        Known{"OPTIONS", Method::options},
    };
    const auto found = std::ranges::find(kKnown, name, &Known::name);
    return found == kKnown.end() ? Method::other : found->method;
}

std::string_view trim_blanks(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

/// reg-name, IPv4, or an IPv6 address in brackets, and a port: what their characters may be.
bool is_host(std::string_view host) noexcept
{
    constexpr std::string_view kSigns = "-._~%!$&'()*+,;=:[]";
    return std::ranges::all_of(host, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               kSigns.find(c) != std::string_view::npos;
    });
}

/// The line at the front of `text`, without its end, which HeadScanner has made sure of.
std::string_view take_line(std::string_view& text) noexcept
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    if (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    return line;
}

Refusal parse_version(std::string_view version, RequestHead& head) noexcept
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
        version[6] != '.' || !is_digit(version[7])) {
        return {400, "the request does not end with an HTTP version"};
    }
    if (version[5] != '1') {
        return {505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
    }
    head.http_1_0 = version[7] == '0';
    return {};
}

/// `authority` is set for the absolute form only.
Refusal parse_target(std::string_view target, RequestHead& head, std::string_view& authority)
{
    if (!all(target, kIsTarget)) {
        return {400, "the request's target has characters that must be percent-encoded"};
    }
    if (target == "*") {
        if (head.method != Method::options) {
            return {400, "'*' is a target of OPTIONS only"};
        }
        head.asterisk = true;
        head.path = "/";
        return {};
    }
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme == std::string_view::npos ||
            !(equal_ignoring_case(target.substr(0, scheme), "http") ||
              equal_ignoring_case(target.substr(0, scheme), "https"))) {
            return {400, "the request's target is neither a path nor a URL"};
        }
        target.remove_prefix(scheme + 3);
        authority = target.substr(0, target.find_first_of("/?"));
        target.remove_prefix(authority.size());
        if (authority.empty() || !is_host(authority)) {
            return {400, "the request's target names no host"};
        }
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    head.path = mark == 0 ? "/" : target.substr(0, mark);
    head.query = target.substr(std::min(mark + 1, target.size()));
    return {};
}

Refusal parse_request_line(std::string_view line, RequestHead& head, std::string_view& authority)
{
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return {400, "this is no HTTP request"};
    }
    head.method_name = line.substr(0, first);
    if (head.method_name.empty() || head.method_name.size() > kMaxMethod ||
        !all(head.method_name, kIsToken)) {
        return {400, "the request's method is malformed"};
    }
    head.method = method_of(head.method_name);
    if (const Refusal refusal = parse_version(line.substr(last + 1), head)) {
        return refusal;
    }
    if (head.method_name == "CONNECT") {
        return {405, "this server is no proxy"};
    }
    return parse_target(line.substr(first + 1, last - first - 1), head, authority);
}

/// What must be known of the fields that say how the message goes on.
struct Framing {
    bool length = false;
    bool encoding = false;
    bool host = false;
    bool close = false;
    bool keep_alive = false;
};

Refusal parse_connection(std::string_view value, Framing& framing) noexcept
{
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view option = trim_blanks(value.substr(0, comma));
        if (!all(option, kIsToken)) {
            return {400, "the Connection field is malformed"};
        }
        framing.close = framing.close || equal_ignoring_case(option, "close");
        framing.keep_alive = framing.keep_alive || equal_ignoring_case(option, "keep-alive");
        value.remove_prefix(std::min(value.size(), comma + 1));
    }
    return {};
}

Refusal parse_content_length(std::string_view value, RequestHead& head, Framing& framing)
{
    if (framing.length) {
        return {400, "there is more than one Content-Length"};
    }
    framing.length = true;
    head.content_length = parse_integer<std::uint64_t>(value);
    // 2^63 and more: offsets are signed, and nobody has so much
    if (!head.content_length || *head.content_length >> 63U != 0) {
        return {400, "the Content-Length is no number of bytes"};
    }
    return {};
}

Refusal parse_transfer_encoding(std::string_view value, RequestHead& head, Framing& framing)
{
    if (framing.encoding) {
        return {400, "there is more than one Transfer-Encoding"};
    }
    framing.encoding = true;
    if (head.http_1_0) {
        return {400, "HTTP/1.0 has no Transfer-Encoding"};
    }
    if (!equal_ignoring_case(value, "chunked")) {
        return {501, "the only Transfer-Encoding spoken here is chunked"};
    }
    head.chunked = true;
    return {};
}

Refusal parse_host(std::string_view& value, std::string_view authority, Framing& framing)
{
    if (framing.host) {
        return {400, "there is more than one Host"};
    }
    framing.host = true;
    if (!is_host(value)) {
        return {400, "the Host is malformed"};
    }
    if (!authority.empty()) {
        value = authority; // RFC 9112 §3.2.2: the target's is the one that counts
    }
    return {};
}

/// Looks closer at the fields that the server itself acts upon. By length first: most are others.
Refusal note_field(RequestHead::FieldView& field, std::string_view authority, RequestHead& head,
                   Framing& framing)
{
    switch (field.name.size()) {
    case 4:
        return equal_ignoring_case(field.name, "Host") ? parse_host(field.value, authority, framing)
                                                       : Refusal{};
    case 6:
        if (equal_ignoring_case(field.name, "Expect")) {
            if (!equal_ignoring_case(field.value, "100-continue")) {
                return {417, "the only expectation met here is 100-continue"};
            }
            head.expects_continue = !head.http_1_0;
        }
        return {};
    case 10:
        return equal_ignoring_case(field.name, "Connection")
                   ? parse_connection(field.value, framing)
                   : Refusal{};
    case 14:
        return equal_ignoring_case(field.name, "Content-Length")
                   ? parse_content_length(field.value, head, framing)
                   : Refusal{};
    case 17:
        return equal_ignoring_case(field.name, "Transfer-Encoding")
                   ? parse_transfer_encoding(field.value, head, framing)
                   : Refusal{};
    default:
        return {};
    }
}

Refusal parse_field(std::string_view line, RequestHead::FieldView& field)
{
    if (line.front() == ' ' || line.front() == '\t') {
        return {400, "a field is folded over several lines"};
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return {400, "a field has no name"};
    }
    field.name = line.substr(0, colon);
    if (!all(field.name, kIsToken)) { // also a blank before the colon
        return {400, "a field's name has characters that no name has"};
    }
    field.value = trim_blanks(line.substr(colon + 1));
    if (!all(field.value, kIsValue)) {
        return {400, "a field's value has control characters"};
    }
    return {};
}

Refusal check_framing(RequestHead& head, const Framing& framing) noexcept
{
    if (framing.length && framing.encoding) {
        return {400, "there are both Content-Length and Transfer-Encoding"};
    }
    if (!framing.host && !head.http_1_0) {
        return {400, "there is no Host"};
    }
    if (framing.encoding) {
        head.content_length.reset();
    }
    head.keep_alive = !framing.close && (!head.http_1_0 || framing.keep_alive);
    return {};
}

void clear(RequestHead& head)
{
    auto fields = std::move(head.fields); // keeps its memory
    fields.clear();
    head = RequestHead{};
    head.fields = std::move(fields);
    head.content_length = 0;
}

} // namespace

Refusal HeadScanner::scan(std::string_view text, const HeadLimits& limits) noexcept
{
    // What can never become a request is refused at its first byte: TLS, for one, has no lines.
    if (next_ == 0 && !text.empty() && text.front() != '\r' &&
        !kIsToken[static_cast<unsigned char>(text.front())]) {
        return {400, "this is no HTTP request"};
    }
    for (;;) {
        const std::size_t end = text.find('\n', next_);
        if (end == std::string_view::npos) {
            next_ = text.size();
            break;
        }
        if (end == line_ || text[end - 1] != '\r') {
            return {400, "a line ends without a carriage return"};
        }
        next_ = end + 1;
        const bool empty = end - 1 == line_;
        line_ = next_;
        if (empty && lines_ > 0) {
            size_ = next_ <= limits.bytes ? next_ : 0;
            break;
        }
        if (empty && next_ > 2) { // RFC 9112 §2.2 asks to pass over one in front of a request
            return {400, "this is no HTTP request"};
        }
        lines_ += empty ? 0 : 1;
        if (lines_ > limits.fields + 1) {
            return {431, "there are too many fields"};
        }
    }
    if (size_ == 0 && text.size() >= limits.bytes) {
        return lines_ == 0 ? Refusal{414, "the request's target is too long"}
                           : Refusal{431, "the header is too large"};
    }
    return {};
}

Refusal parse_head(std::string_view text, RequestHead& head)
{
    clear(head);
    if (text.starts_with("\r\n")) {
        text.remove_prefix(2);
    }
    std::string_view authority;
    if (const Refusal refusal = parse_request_line(take_line(text), head, authority)) {
        return refusal;
    }
    Framing framing;
    for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
        RequestHead::FieldView field;
        if (const Refusal refusal = parse_field(line, field)) {
            return refusal;
        }
        if (const Refusal refusal = note_field(field, authority, head, framing)) {
            return refusal;
        }
        head.fields.push_back(field);
    }
    return check_framing(head, framing);
}

std::optional<std::string_view> ParsedRequest::field(std::string_view name) const noexcept
{
    for (const RequestHead::FieldView& field : head.fields) {
        if (equal_ignoring_case(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> ParsedRequest::fields(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const RequestHead::FieldView& field : head.fields) {
        if (equal_ignoring_case(field.name, name)) {
            values.push_back(field.value);
        }
    }
    return values;
}

} // namespace strata::http
