// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/id.hpp"
#include "registry/auth/crypto.hpp"
#include "registry/auth/htpasswd.hpp"

#include <algorithm>
#include <condition_variable>
#include <crypt.h>
#include <memory>
#include <span>
#include <thread>

namespace strata::registry {
namespace {

/// Bcrypt takes all of a processor: more of them at once only make everybody wait.
class Turns {
public:
    static Turns& of_this_process()
    {
        static Turns turns;
        return turns;
    }
    void take()
    {
        std::unique_lock lock{mutex_};
        freed_.wait(lock, [&] { return left_ > 0; });
        --left_;
    }
    void give_back()
    {
        {
            const std::scoped_lock lock{mutex_};
            ++left_;
        }
        freed_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable freed_;
    unsigned left_ = std::max(1U, std::thread::hardware_concurrency());
};

class Turn {
public:
    Turn() { Turns::of_this_process().take(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { Turns::of_this_process().give_back(); }
};

/// "$2y$10$" and 53 characters of bcrypt's own base64.
bool is_bcrypt(std::string_view hash)
{
    if (hash.size() != 60 || !hash.starts_with("$2") || hash[3] != '$' || hash[6] != '$' ||
        (hash[2] != 'a' && hash[2] != 'b' && hash[2] != 'y')) {
        return false;
    }
    // Beyond 2^17 rounds one log-in would be minutes of work for a server.
    const std::string_view cost = hash.substr(4, 2);
    return cost >= "04" && cost <= "17" && cost.find_first_not_of("0123456789") == cost.npos &&
           std::ranges::all_of(hash.substr(7), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '/';
           });
}

std::string crypt(const std::string& password, const std::string& setting)
{
    const auto data = std::make_unique<crypt_data>(); // 32 KiB
    const char* const hash = ::crypt_r(password.c_str(), setting.c_str(), data.get());
    return hash == nullptr ? std::string{} : std::string{hash};
}

} // namespace

bool check_bcrypt(std::string_view hash, const std::string& password)
{
    if (!is_bcrypt(hash) || password.find('\0') != std::string::npos) {
        return false;
    }
    const Turn turn;
    return equal_in_constant_time(crypt(password, std::string{hash}), hash);
}

std::string make_bcrypt(const std::string& password, unsigned cost)
{
    std::array<char, 16> salt{};
    fill_random(std::as_writable_bytes(std::span{salt}));
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    if (::crypt_gensalt_rn("$2b$", cost, salt.data(), static_cast<int>(salt.size()), setting.data(),
                           static_cast<int>(setting.size())) == nullptr) {
        throw Error{Errc::internal, "libcrypt has no bcrypt"};
    }
    // The same algorithm under the name that htpasswd gives it.
    setting[2] = 'y';
    std::string hash = crypt(password, setting.data());
    if (!is_bcrypt(hash)) {
        throw Error{Errc::internal, "libcrypt refused to make a bcrypt hash"};
    }
    return hash;
}

} // namespace strata::registry
