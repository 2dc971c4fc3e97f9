// SPDX-License-Identifier: Apache-2.0
//
// What a server's handlers see of HTTP/1.1 (RFC 9110, 9112): requests and responses, as values.
#pragma once

#include "io/source.hpp"
#include "sys/fd.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace strata::http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options, other };

struct Field {
    std::string name;
    std::string value;
};

/// Who sent a request.
struct Peer {
    std::string address; // "127.0.0.1", "::1", or empty for a unix socket
    std::uint16_t port = 0;
    bool secure = false;     // came over TLS
    std::string certificate; // subject of the client's verified certificate, or empty
};

/// The header of a request. Its views live as long as the call that it was given to.
class Request {
public:
    virtual ~Request() = default;

    virtual Method method() const noexcept = 0;
    virtual std::string_view method_name() const noexcept = 0; // "DELETE"

    /// As sent, still percent-encoded; always begins with "/".
    virtual std::string_view path() const noexcept = 0;
    /// What follows the question mark, as sent; empty if nothing does.
    virtual std::string_view query() const noexcept = 0;

    /// The first field of that name, in any case; nothing if there is none.
    virtual std::optional<std::string_view> field(std::string_view name) const noexcept = 0;
    /// Every one of them, in order.
    virtual std::vector<std::string_view> fields(std::string_view name) const = 0;

    /// As announced; nothing for a chunked body. 0 when there is no body.
    virtual std::optional<std::uint64_t> content_length() const noexcept = 0;

    virtual const Peer& peer() const noexcept = 0;
};

/// Some bytes of an open file, which the kernel sends without a copy.
struct FileRange {
    std::shared_ptr<const sys::Fd> file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Bytes that are made while they are sent, by a worker. Without a length they go out chunked. The
/// header goes with the first of them: a source that fails at once still becomes a 500. A later
/// error breaks the connection off, so that nobody takes what came for the whole.
struct Streamed {
    io::SourcePtr source;
    std::optional<std::uint64_t> length;
};

/// Shared and immutable: what is sent a thousand times a second is made once.
using SharedText = std::shared_ptr<const std::string>;

struct Response {
    std::uint16_t status = 200;
    /// Without Date, Connection, Content-Length and Transfer-Encoding, which the server writes.
    std::vector<Field> fields{};
    /// Further fields, ready to be sent: "Name: value\r\n" each. May be null.
    SharedText prepared_fields{};
    std::variant<std::monostate, std::string, SharedText, FileRange, Streamed> body{};
    /// The Content-Length of an answer without a body: to HEAD, and 304.
    std::optional<std::uint64_t> length_of_nothing{};

    Response& field(std::string name, std::string value) &
    {
        fields.push_back({std::move(name), std::move(value)});
        return *this;
    }
    Response&& field(std::string name, std::string value) &&
    {
        fields.push_back({std::move(name), std::move(value)});
        return std::move(*this);
    }
};

/// "Not Found" for 404; empty for a status without a name.
std::string_view reason_phrase(std::uint16_t status) noexcept;

/// Undoes percent-encoding. Nothing for "%zz", a cut-off "%4", or a NUL.
std::optional<std::string> percent_decode(std::string_view text);
/// Everything except the unreserved characters of RFC 3986 §2.3 becomes %XX.
std::string percent_encode(std::string_view text);

/// "a=1&b=%20" in order, decoded ("+" is a blank). Nothing if it is malformed.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

} // namespace strata::http
