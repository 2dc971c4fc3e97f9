// SPDX-License-Identifier: Apache-2.0
//
// A request that is made up, for tests.
#pragma once

#include "base/strings.hpp"
#include "http/message.hpp"

#include <string>
#include <vector>

namespace strata::registry::testing {

class FakeRequest final : public http::Request {
public:
    FakeRequest() = default;
    explicit FakeRequest(std::vector<http::Field> fields) : fields_{std::move(fields)} {}
    FakeRequest(http::Method method, std::string path, std::string query,
                std::vector<http::Field> fields = {})
        : method_{method}
        , path_{std::move(path)}
        , query_{std::move(query)}
        , fields_{std::move(fields)}
    {
    }

    http::Method method() const noexcept override { return method_; }
    std::string_view method_name() const noexcept override
    {
        return method_ == http::Method::post ? "POST" : "GET";
    }
    std::string_view path() const noexcept override { return path_; }
    std::string_view query() const noexcept override { return query_; }
    std::optional<std::string_view> field(std::string_view name) const noexcept override
    {
        for (const http::Field& field : fields_) {
            if (equal_ignoring_case(field.name, name)) {
                return field.value;
            }
        }
        return std::nullopt;
    }
    std::vector<std::string_view> fields(std::string_view name) const override
    {
        const auto found = field(name);
        return found ? std::vector{*found} : std::vector<std::string_view>{};
    }
    std::optional<std::uint64_t> content_length() const noexcept override { return 0; }
    const http::Peer& peer() const noexcept override { return peer_; }

private:
    http::Method method_ = http::Method::get;
    std::string path_ = "/v2/";
    std::string query_{};
    std::vector<http::Field> fields_{{"Host", "registry.example.com:5000"}};
    http::Peer peer_{.address = "192.0.2.1", .port = 40000, .secure = false, .certificate = ""};
};

} // namespace strata::registry::testing
