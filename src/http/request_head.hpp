// SPDX-License-Identifier: Apache-2.0
//
// The header of a request, from the bytes on the wire. Strict (RFC 9112 as for a server): what two
// programs could read differently is refused, because a proxy in front of us is one of the two.
//
// Not Beast's parser: it joins folded lines, takes two Content-Lengths that agree, wants its header
// in one buffer anyway and copies every field out of it into a node of its own, which takes half as
// long again (measured with what containerd sends). This one only points into the buffer.
#pragma once

#include "http/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace strata::http {

/// Why a request is refused; no status: it is not.
struct Refusal {
    std::uint16_t status = 0;
    const char* why = "";
    explicit operator bool() const noexcept { return status != 0; }
};

struct HeadLimits {
    std::size_t bytes = std::size_t{64} << 10;
    std::size_t fields = 256;
};

/// Looks for the end of a header while it arrives, each byte once.
class HeadScanner {
public:
    /// `text` is all that has arrived, which begins as it did at the last call. Afterwards either
    /// the refusal is set, or size() is not 0 and the header is complete, or more is needed.
    Refusal scan(std::string_view text, const HeadLimits& limits) noexcept;

    /// Of the complete header, with its empty line; 0 as long as it is incomplete.
    std::size_t size() const noexcept { return size_; }

    void restart() noexcept { *this = HeadScanner{}; }

private:
    std::size_t next_ = 0; // first byte not looked at
    std::size_t line_ = 0; // where the present line begins
    std::size_t lines_ = 0;
    std::size_t size_ = 0;
};

/// A header's parts, as views of the text that it was parsed from.
struct RequestHead {
    struct FieldView {
        std::string_view name;
        std::string_view value;
    };

    Method method = Method::other;
    std::string_view method_name;
    std::string_view path;
    std::string_view query;
    std::vector<FieldView> fields;
    std::optional<std::uint64_t> content_length; // nothing if chunked, 0 without a body
    bool chunked = false;
    bool http_1_0 = false;
    bool keep_alive = true;
    bool expects_continue = false;
    bool asterisk = false; // "OPTIONS *", the server as a whole

    bool has_body() const noexcept { return chunked || content_length != 0U; }
};

/// Parses a complete header, as HeadScanner delimits it. `head` is reused, so that it costs no
/// allocation; after a refusal it is of no use.
Refusal parse_head(std::string_view text, RequestHead& head);

/// What handlers see of it.
class ParsedRequest final : public Request {
public:
    explicit ParsedRequest(const Peer& peer) : peer_{peer} {}

    Method method() const noexcept override { return head.method; }
    std::string_view method_name() const noexcept override { return head.method_name; }
    std::string_view path() const noexcept override { return head.path; }
    std::string_view query() const noexcept override { return head.query; }
    std::optional<std::string_view> field(std::string_view name) const noexcept override;
    std::vector<std::string_view> fields(std::string_view name) const override;
    std::optional<std::uint64_t> content_length() const noexcept override
    {
        return head.content_length;
    }
    const Peer& peer() const noexcept override { return peer_; }

    RequestHead head;

private:
    const Peer& peer_;
};

} // namespace strata::http
