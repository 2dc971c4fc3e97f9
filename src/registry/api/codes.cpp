// SPDX-License-Identifier: Apache-2.0
#include "registry/api/codes.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace strata::registry::api {
namespace {

// clang-format off
constexpr auto kCodes = std::to_array<CodeInfo>({
    {Code::unknown,               "UNKNOWN",                   500, "unknown error"},
    {Code::unsupported,           "UNSUPPORTED",               405, "The operation is unsupported."},
    {Code::unauthorized,          "UNAUTHORIZED",              401, "authentication required"},
    {Code::denied,                "DENIED",                    403, "requested access to the resource is denied"},
    {Code::unavailable,           "UNAVAILABLE",               503, "service unavailable"},
    {Code::too_many_requests,     "TOOMANYREQUESTS",           429, "too many requests"},
    {Code::digest_invalid,        "DIGEST_INVALID",            400, "provided digest did not match uploaded content"},
    {Code::size_invalid,          "SIZE_INVALID",              400, "provided length did not match content length"},
    {Code::range_invalid,         "RANGE_INVALID",             416, "invalid content range"},
    {Code::name_invalid,          "NAME_INVALID",              400, "invalid repository name"},
    {Code::tag_invalid,           "TAG_INVALID",               400, "manifest tag did not match URI"},
    {Code::name_unknown,          "NAME_UNKNOWN",              404, "repository name not known to registry"},
    {Code::manifest_unknown,      "MANIFEST_UNKNOWN",          404, "manifest unknown"},
    {Code::manifest_invalid,      "MANIFEST_INVALID",          400, "manifest invalid"},
    {Code::manifest_unverified,   "MANIFEST_UNVERIFIED",       400, "manifest failed signature verification"},
    {Code::manifest_blob_unknown, "MANIFEST_BLOB_UNKNOWN",     400, "blob unknown to registry"},
    {Code::blob_unknown,          "BLOB_UNKNOWN",              404, "blob unknown to registry"},
    {Code::upload_unknown,        "BLOB_UPLOAD_UNKNOWN",       404, "blob upload unknown to registry"},
    {Code::upload_invalid,        "BLOB_UPLOAD_INVALID",       404, "blob upload invalid"},
    {Code::pagination_invalid,    "PAGINATION_NUMBER_INVALID", 400, "invalid number of results requested"},
});
// clang-format on

consteval bool is_in_order()
{
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
        if (kCodes[i].code != static_cast<Code>(i)) {
            return false;
        }
    }
    return kCodes.size() == static_cast<std::size_t>(Code::pagination_invalid) + 1;
}
static_assert(is_in_order(), "info() takes the code for the index");

} // namespace

const CodeInfo& info(Code code) noexcept
{
    return kCodes[static_cast<std::size_t>(code)];
}

const char* Refused::what() const noexcept
{
    const Complaint& first = complaints_.front();
    return first.message.empty() ? info(first.code).message.data() : first.message.c_str();
}

http::Response Refused::response() const
{
    std::string body = R"({"errors":[)";
    for (const Complaint& complaint : complaints_) {
        const CodeInfo& code = info(complaint.code);
        body += &complaint == &complaints_.front() ? "" : ",";
        body += fmt::format(R"({{"code":"{}","message":{})", code.name,
                            json::quote(complaint.message.empty()
                                            ? code.message
                                            : std::string_view{complaint.message}));
        if (!complaint.detail.empty()) {
            body += R"(,"detail":)" + complaint.detail;
        }
        body += '}';
    }
    http::Response answer = json_answer(status_, body + "]}\n");
    std::ranges::copy(fields_, std::back_inserter(answer.fields));
    return answer;
}

http::Response json_answer(std::uint16_t status, std::string body)
{
    http::Response answer{.status = status};
    answer.body = std::move(body);
    return std::move(answer).field("Content-Type", "application/json");
}

} // namespace strata::registry::api
