// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as what a client sends. The first byte says in what pieces the rest arrives, which must
// change nothing. What we accept as a request, Beast accepts too and frames the same way: nobody
// can smuggle a request past one of two such servers. (The other direction does not hold: we are
// stricter.) What was parsed is written again, and parsed the same.
#include "base/error.hpp"
#include "base/strings.hpp"
#include "http/chunks.hpp"
#include "http/request_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace strata;
namespace beast = boost::beast::http;

void require(bool holds, const char* what)
{
    if (!holds) {
        fmt::print(stderr, "broken promise: {}\n", what);
        std::abort();
    }
}

/// Where the header ends, or 0; and why it is refused.
std::pair<std::size_t, std::uint16_t> scan(std::string_view text, std::size_t piece)
{
    http::HeadScanner scanner;
    for (std::size_t size = std::min(piece, text.size());;
         size = std::min(size + piece, text.size())) {
        if (const http::Refusal refusal = scanner.scan(text.substr(0, size), {})) {
            return {0, refusal.status};
        }
        if (scanner.size() != 0 || size == text.size()) {
            return {scanner.size(), 0};
        }
    }
}

std::string print(const http::RequestHead& head)
{
    std::string text =
        fmt::format("{} {}{}{} HTTP/1.{}\r\n", head.method_name, head.asterisk ? "*" : head.path,
                    head.query.empty() ? "" : "?", head.query, head.http_1_0 ? 0 : 1);
    for (const auto& field : head.fields) {
        text += fmt::format("{}: {}\r\n", field.name, field.value);
    }
    return text + "\r\n";
}

void compare_with_beast(std::string_view text, const http::RequestHead& head)
{
    beast::request_parser<beast::empty_body> parser;
    parser.header_limit(1 << 20);
    parser.body_limit(boost::none);
    parser.eager(false);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(text.data(), text.size()), error);
    if (error == beast::error::bad_version) {
        return; // HTTP/1.2 to 1.9, which nobody has written
    }
    require(!error && parser.is_header_done(), "Beast refuses what we accept");
    require(parser.chunked() == head.chunked, "Beast disagrees about chunks");
    if (!head.chunked) {
        require(parser.content_length().value_or(0) == head.content_length,
                "Beast reads another length");
    }
    const auto method = parser.get().method_string();
    require(head.method_name == std::string_view{method.data(), method.size()},
            "Beast reads another method");
    require(parser.keep_alive() == head.keep_alive, "Beast disagrees about the connection's end");
}

void fuzz_head(std::string_view text, std::size_t piece)
{
    const auto [size, status] = scan(text, text.size() + 1);
    require(scan(text, piece) == std::pair{size, status}, "pieces change where a header ends");
    if (size == 0) {
        return;
    }
    http::RequestHead head;
    if (http::parse_head(text.substr(0, size), head)) {
        return;
    }
    require(head.path.starts_with('/'), "a path begins with a slash");
    const std::string_view request = text.substr(0, size);
    compare_with_beast(request.substr(request.starts_with("\r\n") ? 2 : 0), head);

    const std::string printed = print(head);
    http::RequestHead again;
    require(scan(printed, printed.size()).first == printed.size() &&
                !http::parse_head(printed, again),
            "a request that we write is one");
    require(print(again) == printed && again.content_length == head.content_length &&
                again.chunked == head.chunked && again.keep_alive == head.keep_alive,
            "a request that we write is the same");
}

/// What a body says, if it arrives in such pieces, and what follows it.
std::string read_body(std::string_view text, std::size_t piece)
{
    http::BodyFraming framing = http::BodyFraming::of_chunks();
    std::string data;
    while (!text.empty() && !framing.done() && !framing.bad()) {
        std::string bytes{text.substr(0, piece)};
        text.remove_prefix(bytes.size());
        const auto squeezed = framing.squeeze(std::as_writable_bytes(std::span{bytes}));
        data += bytes.substr(0, squeezed.data);
        if (framing.done()) {
            data += "|" + bytes.substr(bytes.size() - squeezed.rest);
        }
    }
    return framing.bad() ? "bad" : data + std::string{text};
}

void fuzz_text(std::string_view text)
{
    static_cast<void>(http::parse_query(text));
    if (const auto decoded = http::percent_decode(text);
        decoded && decoded->find('\0') == std::string::npos) {
        require(http::percent_decode(http::percent_encode(*decoded)) == decoded,
                "percent-encoding goes both ways");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const std::size_t piece = 1 + data[0] % 64;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    fuzz_head(text, piece);
    require(read_body(text, piece) == read_body(text, text.size() + 1),
            "pieces change what chunks say");
    fuzz_text(text);
    return 0;
}
