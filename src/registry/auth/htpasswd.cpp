// SPDX-License-Identifier: Apache-2.0
#include "registry/auth/htpasswd.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "base/time.hpp"
#include "registry/auth/crypto.hpp"
#include "sys/pending_file.hpp"

#include <fcntl.h>

namespace strata::registry {
namespace {

constexpr std::uint64_t kMaxFile = std::uint64_t{16} << 20;

/// A file that was changed less than this before it was read may be changed again with the same
/// time stamp: the clock of a file system ticks every few milliseconds.
constexpr std::chrono::nanoseconds kSettled = std::chrono::seconds{2};

/// Of nobody's password, for users that do not exist.
constexpr std::string_view kNobodysHash =
    "$2y$10$abcdefghijklmnopqrstuuWPNXrEdJlbIZPKmv3h0M6y1pQLFyJQe";

std::string_view kind_of_hash(std::string_view hash)
{
    if (hash.starts_with("$apr1$")) {
        return "an MD5 (apr1)";
    }
    if (hash.starts_with("{SHA}")) {
        return "a SHA-1";
    }
    if (hash.starts_with("$5$")) {
        return "a SHA-256 crypt";
    }
    if (hash.starts_with("$6$")) {
        return "a SHA-512 crypt";
    }
    if (hash.starts_with("$2")) {
        return "a malformed bcrypt";
    }
    return "an unknown or no";
}

bool looks_like_bcrypt(std::string_view hash)
{
    return hash.size() == 60 &&
           (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"));
}

std::int64_t steady_now()
{
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

} // namespace

Htpasswd Htpasswd::parse(std::string_view text, std::string_view file)
{
    Htpasswd result;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto entry = split_once(line, ':');
        if (!entry) {
            throw Error{Errc::invalid_argument, fmt::format("{}:{}: expected 'user:hash', found {}",
                                                            file, number, go_quote(line))};
        }
        const auto [user, hash] = *entry;
        if (!looks_like_bcrypt(hash)) {
            result.warnings.push_back(
                fmt::format("{}:{}: user {} has {} hash and cannot log in: only bcrypt is taken "
                            "(htpasswd -B)",
                            file, number, go_quote(user), kind_of_hash(hash)));
            continue;
        }
        result.users.insert_or_assign(std::string{user}, std::string{hash});
    }
    return result;
}

PasswordFile::PasswordFile(sys::Path file, Options options)
    : file_{std::move(file)}, options_{std::move(options)}
{
    if (!sys::find_status(file_)) {
        provision();
    }
    read(1);
}

void PasswordFile::provision()
{
    const std::string password = random_secret(24);
    const sys::Path folder = file_.has_parent_path() ? file_.parent_path() : sys::Path{"."};
    sys::ensure_folders(folder);
    sys::PendingFile pending = sys::PendingFile::create(folder);
    sys::write_all(pending.fd(), "docker:" + make_bcrypt(password) + "\n");
    pending.commit(file_, 0600);
    if (options_.notice) {
        options_.notice(fmt::format("htpasswd is missing, provisioning with default user: "
                                    "file={} user=docker password={}",
                                    file_.string(), password));
    }
}

void PasswordFile::read(std::uint64_t generation)
{
    const sys::Fd fd = sys::open_file(file_, O_RDONLY);
    const struct ::stat status = sys::status_of(fd);
    if (S_ISDIR(status.st_mode)) { // as Debian's package of Distribution has it
        throw Error{Errc::invalid_argument,
                    fmt::format("auth.htpasswd.path: {} is a folder, not a file of passwords",
                                file_.string())};
    }
    const Identity identity{static_cast<std::uint64_t>(status.st_ino),
                            static_cast<std::uint64_t>(status.st_size),
                            status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
    auto entries = std::make_shared<const Htpasswd>(
        Htpasswd::parse(sys::read_small_file(fd, kMaxFile), file_.string()));
    for (const std::string& warning : entries->warnings) {
        if (options_.notice && identity != identity_) {
            options_.notice(warning);
        }
    }
    const bool same = entries_ != nullptr && entries_->users == entries->users;
    identity_ = identity;
    settled_ = now().time_since_epoch().count() - identity.changed > kSettled.count();
    if (!same) {
        entries_ = std::move(entries);
        generation_.store(generation, std::memory_order_release);
    }
}

/// Under the mutex. What cannot be read leaves the users that were there: half a file, say, while
/// an editor writes it, must not lock everybody out.
void PasswordFile::look()
{
    try {
        const auto status = sys::find_status(file_);
        if (settled_ && status &&
            identity_ ==
                Identity{static_cast<std::uint64_t>(status->st_ino),
                         static_cast<std::uint64_t>(status->st_size),
                         status->st_mtim.tv_sec * 1'000'000'000 + status->st_mtim.tv_nsec}) {
            return;
        }
        read(generation_.load(std::memory_order_relaxed) + 1);
    } catch (const Error& error) {
        const Identity unreadable{};
        if (options_.notice && identity_ != unreadable) {
            options_.notice(fmt::format("{}; the users that were read before stay", error.what()));
        }
        identity_ = unreadable;
        settled_ = false;
    }
}

std::shared_ptr<const Htpasswd> PasswordFile::current()
{
    generation();
    const std::scoped_lock lock{mutex_};
    return entries_;
}

std::uint64_t PasswordFile::generation()
{
    const std::int64_t now_ticks = steady_now();
    std::int64_t due = next_look_.load(std::memory_order_relaxed);
    const std::int64_t next = now_ticks + std::chrono::nanoseconds{options_.look_every}.count();
    if (now_ticks >= due && next_look_.compare_exchange_strong(due, next)) {
        const std::scoped_lock lock{mutex_};
        look();
    }
    return generation_.load(std::memory_order_acquire);
}

bool PasswordFile::check(const std::string& user, const std::string& password)
{
    const std::shared_ptr<const Htpasswd> entries = current();
    const auto found = entries->users.find(user);
    if (found != entries->users.end()) {
        return check_bcrypt(found->second, password);
    }
    // As much work as for somebody who exists, so that the time does not tell who does.
    check_bcrypt(entries->users.empty() ? kNobodysHash : entries->users.begin()->second, password);
    return false;
}

std::optional<std::string> PasswordFile::fingerprint(const std::string& user)
{
    const std::shared_ptr<const Htpasswd> entries = current();
    const auto found = entries->users.find(user);
    if (found == entries->users.end()) {
        return std::nullopt;
    }
    const Sum sum = sha256(user + ":" + found->second);
    return encode_base64url({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

} // namespace strata::registry
