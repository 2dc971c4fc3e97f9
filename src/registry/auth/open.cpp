// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/access.hpp"

namespace strata::registry {
namespace {

class Everybody final : public Caller {
public:
    const std::string& name() const noexcept override { return name_; }
    bool may(const Need&) const override { return true; }

private:
    std::string name_{};
};

class OpenAuthenticator final : public Authenticator {
public:
    CallerPtr recognize(const http::Request&) override { return everybody_; }
    CallerPtr authenticate(const http::Request&) override { return everybody_; }
    std::string challenge(const http::Request&, const std::vector<Need>&,
                          std::string_view) const override
    {
        return {}; // nobody lacks anything
    }

private:
    CallerPtr everybody_ = std::make_shared<Everybody>();
};

} // namespace

std::unique_ptr<Authenticator> make_open_authenticator()
{
    return std::make_unique<OpenAuthenticator>();
}

} // namespace strata::registry
