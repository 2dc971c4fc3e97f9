// SPDX-License-Identifier: Apache-2.0
//
// What a registry says when it cannot do what was asked: Distribution's codes, and how they travel.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::registry::api {

enum class Code : std::uint8_t {
    unknown,
    unsupported,
    unauthorized,
    denied,
    unavailable,
    too_many_requests,
    digest_invalid,
    size_invalid,
    range_invalid,
    name_invalid,
    tag_invalid,
    name_unknown,
    manifest_unknown,
    manifest_invalid,
    manifest_unverified,
    manifest_blob_unknown,
    blob_unknown,
    upload_unknown,
    upload_invalid,
    pagination_invalid,
};

struct CodeInfo {
    Code code;
    std::string_view name; // "BLOB_UNKNOWN"
    std::uint16_t status;
    std::string_view message; // where nothing better is known
};
const CodeInfo& info(Code code) noexcept;

/// One element of `{"errors": […]}`.
struct Complaint {
    Code code;
    std::string message{}; // empty: the code's own
    std::string detail{};  // JSON; empty: none
};

/// A request that is answered with an error: thrown by handlers, caught by the dispatcher, and
/// nowhere else. Beside strata::Error because the protocol tells apart what the registry's inside
/// need not: five kinds of not-found, three of malformed; and some answers carry fields.
class Refused final : public std::exception {
public:
    explicit Refused(Code code, std::string message = {}, std::string detail = {})
        : complaints_{{code, std::move(message), std::move(detail)}}, status_{info(code).status}
    {
    }
    /// The first one's status counts.
    explicit Refused(std::vector<Complaint> complaints)
        : complaints_{std::move(complaints)}, status_{info(complaints_.front().code).status}
    {
    }

    Refused&& status(std::uint16_t status) &&
    {
        status_ = status;
        return std::move(*this);
    }
    Refused&& field(std::string name, std::string value) &&
    {
        fields_.push_back({std::move(name), std::move(value)});
        return std::move(*this);
    }

    const char* what() const noexcept override;
    http::Response response() const;

private:
    std::vector<Complaint> complaints_;
    std::vector<http::Field> fields_;
    std::uint16_t status_;
};

/// A JSON document as an answer.
http::Response json_answer(std::uint16_t status, std::string body);

} // namespace strata::registry::api
