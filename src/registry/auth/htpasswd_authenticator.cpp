// SPDX-License-Identifier: Apache-2.0
//
// HTTP Basic. A password is checked once and its bearer remembered for some minutes: bcrypt for
// each request of a pull would be the whole work of a server. What is remembered is an HMAC under a
// key of this process, never the password.
#include "base/error.hpp"
#include "registry/auth/credentials.hpp"
#include "registry/auth/htpasswd.hpp"
#include "registry/auth/recent.hpp"

#include <array>
#include <mutex>

namespace strata::registry {
namespace {

constexpr std::chrono::minutes kRemember{5};

class User final : public Caller {
public:
    User(std::string name, std::shared_ptr<const AccessRules> rules)
        : name_{std::move(name)}, rules_{std::move(rules)}
    {
    }
    const std::string& name() const noexcept override { return name_; }
    bool may(const Need& need) const override { return rules_->may(name_, need); }

private:
    std::string name_;
    std::shared_ptr<const AccessRules> rules_;
};

class HtpasswdAuthenticator final : public Authenticator {
public:
    HtpasswdAuthenticator(std::string realm, std::shared_ptr<PasswordFile> passwords,
                          std::shared_ptr<const AccessRules> rules)
        : realm_{std::move(realm)}
        , passwords_{std::move(passwords)}
        , rules_{std::move(rules)}
        , anonymous_{std::make_shared<User>("", rules_)}
    {
    }

    CallerPtr recognize(const http::Request& request) override
    {
        const auto authorization = request.field("Authorization");
        return authorization ? find(secret_name(*authorization)) : anonymous_;
    }

    CallerPtr authenticate(const http::Request& request) override
    {
        const auto authorization = request.field("Authorization");
        if (!authorization) {
            return anonymous_;
        }
        const auto password = parse_basic(*authorization);
        if (!password) {
            throw Error{Errc::unauthorized, "malformed credentials: expected HTTP Basic"};
        }
        // A client that begins with several requests at once has its password checked once.
        const Sum name = secret_name(*authorization);
        const std::scoped_lock turn{turns_[name.front() % turns_.size()]};
        if (CallerPtr known = find(name)) {
            return known;
        }
        const std::uint64_t generation = passwords_->generation();
        if (!passwords_->check(password->user, password->text)) {
            throw Error{Errc::unauthorized, "wrong user name or password"};
        }
        auto user = std::make_shared<const User>(password->user, rules_);
        recent_.put(name, std::make_shared<const Known>(Known{user, generation}),
                    std::chrono::steady_clock::now() + kRemember);
        return user;
    }

    std::string challenge(const http::Request&, const std::vector<Need>&,
                          std::string_view) const override
    {
        return "Basic realm=" + quoted_parameter(realm_);
    }

private:
    struct Known {
        CallerPtr user;
        std::uint64_t generation; // of the file that had this password
    };

    CallerPtr find(const Sum& name)
    {
        const auto known = recent_.find(name);
        return known && known->generation == passwords_->generation() ? known->user : nullptr;
    }

    std::string realm_;
    std::shared_ptr<PasswordFile> passwords_;
    std::shared_ptr<const AccessRules> rules_;
    CallerPtr anonymous_;
    RecentTable<Known> recent_;
    std::array<std::mutex, 16> turns_;
};

} // namespace

std::unique_ptr<Authenticator> make_htpasswd_authenticator(std::string realm,
                                                           std::shared_ptr<PasswordFile> passwords,
                                                           std::shared_ptr<const AccessRules> rules)
{
    return std::make_unique<HtpasswdAuthenticator>(std::move(realm), std::move(passwords),
                                                   std::move(rules));
}

} // namespace strata::registry
