// SPDX-License-Identifier: Apache-2.0
#include "sys/fs_context.hpp"

#include "base/error.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <array>

namespace strata::sys {
namespace {

/// What the kernel has to say; one message a read, "e overlay: …" for an error.
std::string messages_of(const Fd& context)
{
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t length = ::read(context.get(), buffer.data(), buffer.size());
        if (length <= 0) {
            return all;
        }
        std::string_view message{buffer.data(), static_cast<std::size_t>(length)};
        if (message.size() > 2 && message[1] == ' ') {
            message.remove_prefix(2);
        }
        message = message.substr(0, message.find_last_not_of('\n') + 1);
        all += all.empty() ? "" : "; ";
        all += message;
    }
}

} // namespace

FsContext::FsContext(const std::string& file_system)
    : context_{::fsopen(file_system.c_str(), FSOPEN_CLOEXEC)}, file_system_{file_system}
{
    if (!context_) {
        throw_errno("make a {} file system", file_system);
    }
}

void FsContext::set(const char* key, const std::string& value)
{
    if (!try_set(key, value)) {
        const int saved = errno;
        fail(saved, fmt::format("{}={}", key, value));
    }
}

bool FsContext::try_set(const char* key, const std::string& value) noexcept
{
    return ::fsconfig(context_.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
}

void FsContext::set_flag(const char* key)
{
    if (::fsconfig(context_.get(), FSCONFIG_SET_FLAG, key, nullptr, 0) != 0) {
        const int saved = errno;
        fail(saved, key);
    }
}

void FsContext::create()
{
    if (::fsconfig(context_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
        fail(errno, "creating it");
    }
}

Fd FsContext::mount()
{
    Fd tree{::fsmount(context_.get(), FSMOUNT_CLOEXEC, 0)};
    if (!tree) {
        fail(errno, "mounting it");
    }
    return tree;
}

void FsContext::fail(int error_number, const std::string& doing)
{
    const std::string said = messages_of(context_);
    const std::string what = fmt::format("mount {}: {}", file_system_, doing);
    throw_system_error(error_number, said.empty() ? what : fmt::format("{} ({})", what, said));
}

std::string parameter_for(const Path& path, const Fd& opened)
{
    const std::string& text = path.native();
    const bool plain =
        path.is_absolute() && text.size() < 250 && text.find_first_of(":,\\") == std::string::npos;
    return plain ? text : fmt::format("/proc/self/fd/{}", opened.get());
}

} // namespace strata::sys
