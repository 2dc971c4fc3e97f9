// SPDX-License-Identifier: Apache-2.0
//
// Users and passwords in a file of Apache's htpasswd, with bcrypt.
#pragma once

#include "registry/auth/access.hpp"
#include "registry/auth/authentication.hpp"
#include "registry/auth/rules.hpp"
#include "sys/file.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// The entries of such a file.
struct Htpasswd {
    std::map<std::string, std::string, std::less<>> users{}; // name, bcrypt hash
    std::vector<std::string> warnings{}; // entries that nobody can log in with, each with its line

    /// Throws Errc::invalid_argument for a line without a colon, as Distribution does.
    static Htpasswd parse(std::string_view text, std::string_view file);
};

/// Whether `password` is the one of a bcrypt `hash`. Slow on purpose. False for other hashes.
bool check_bcrypt(std::string_view hash, const std::string& password);

/// A hash for a new password. `cost` is the logarithm of the work.
std::string make_bcrypt(const std::string& password, unsigned cost = 10);

/// The file behind it, read again when it changes. Safe to use from any thread.
class PasswordFile {
public:
    struct Options {
        std::chrono::milliseconds look_every{1000}; // how often to ask whether it changed
        Notice notice{};
    };

    /// A missing file is made, with a user "docker" whose password is given to `notice`, as
    /// Distribution does. Throws what is wrong with an existing one.
    PasswordFile(sys::Path file, Options options);

    /// Whether that is the password of that user. Takes the time of one bcrypt also for users that
    /// do not exist; no more of them run at once than there are processors.
    bool check(const std::string& user, const std::string& password);

    /// What is to be remembered about a user's present password; nothing if there is no such user.
    std::optional<std::string> fingerprint(const std::string& user);

    /// Changes whenever the file does. Cheap: asks the file system only now and then.
    std::uint64_t generation();

private:
    struct Identity { // of the file, as it was when it was read
        std::uint64_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t changed = 0; // nanoseconds
        friend bool operator==(const Identity&, const Identity&) = default;
    };

    std::shared_ptr<const Htpasswd> current();
    void look();
    void read(std::uint64_t generation);
    void provision();

    sys::Path file_;
    Options options_;
    std::mutex mutex_;
    std::shared_ptr<const Htpasswd> entries_;
    Identity identity_{};
    bool settled_ = false; // it had not been changed for a while when it was read
    std::atomic<std::int64_t> next_look_{0};
    std::atomic<std::uint64_t> generation_{1};
};

/// HTTP Basic with that file's users; what they may do is up to the rules.
std::unique_ptr<Authenticator>
make_htpasswd_authenticator(std::string realm, std::shared_ptr<PasswordFile> passwords,
                            std::shared_ptr<const AccessRules> rules);

} // namespace strata::registry
