// SPDX-License-Identifier: Apache-2.0
#include "sys/xattr.hpp"

#include "base/error.hpp"

#include <sys/xattr.h>

#include <algorithm>

namespace strata::sys {
namespace {

/// Calls `call(buffer, size)`, which fills the buffer as getxattr and listxattr do, until it is big
/// enough; -1 leaves errno.
template <typename Call>
ssize_t fill(std::string& buffer, Call call)
{
    buffer.resize(256);
    for (;;) {
        const ssize_t length = call(buffer.data(), buffer.size());
        if (length >= 0) {
            buffer.resize(static_cast<std::size_t>(length));
            return length;
        }
        if (errno != ERANGE) {
            return -1;
        }
        buffer.resize(buffer.size() * 8); // at most 64 KiB by the kernel's own limit
    }
}

bool means_none(int error_number)
{
    return error_number == ENODATA || error_number == EOPNOTSUPP;
}

std::vector<std::string> split(const std::string& names)
{
    std::vector<std::string> result;
    for (std::size_t at = 0; at < names.size(); at += result.back().size() + 1) {
        result.emplace_back(names.c_str() + at);
    }
    std::ranges::sort(result);
    return result;
}

} // namespace

std::optional<std::string> find_xattr(const Fd& file, const std::string& name)
{
    std::string value;
    if (fill(value, [&](char* into, std::size_t size) {
            return ::fgetxattr(file.get(), name.c_str(), into, size);
        }) >= 0) {
        return value;
    }
    if (means_none(errno)) {
        return std::nullopt;
    }
    throw_errno("read the attribute {}", name);
}

std::vector<std::string> list_xattrs(const Fd& file)
{
    std::string names;
    if (fill(names, [&](char* into,
                        std::size_t size) { return ::flistxattr(file.get(), into, size); }) < 0 &&
        !means_none(errno)) {
        throw_errno("list attributes");
    }
    return split(names);
}

void set_xattr(const Fd& file, const std::string& name, std::string_view value)
{
    if (::fsetxattr(file.get(), name.c_str(), value.data(), value.size(), 0) != 0) {
        throw_errno("set the attribute {}", name);
    }
}

void remove_xattr(const Fd& file, const std::string& name)
{
    if (::fremovexattr(file.get(), name.c_str()) != 0 && !means_none(errno)) {
        throw_errno("remove the attribute {}", name);
    }
}

std::optional<std::string> find_xattr(const Path& path, const std::string& name)
{
    std::string value;
    if (fill(value, [&](char* into, std::size_t size) {
            return ::lgetxattr(path.c_str(), name.c_str(), into, size);
        }) >= 0) {
        return value;
    }
    if (means_none(errno)) {
        return std::nullopt;
    }
    throw_errno("read the attribute {} of {}", name, path.native());
}

std::vector<std::string> list_xattrs(const Path& path)
{
    std::string names;
    if (fill(names, [&](char* into, std::size_t size) {
            return ::llistxattr(path.c_str(), into, size);
        }) < 0) {
        if (!means_none(errno)) {
            throw_errno("list the attributes of {}", path.native());
        }
        names.clear();
    }
    return split(names);
}

void set_xattr(const Path& path, const std::string& name, std::string_view value)
{
    if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0) {
        throw_errno("set the attribute {} of {}", name, path.native());
    }
}

void remove_xattr(const Path& path, const std::string& name)
{
    if (::lremovexattr(path.c_str(), name.c_str()) != 0 && !means_none(errno)) {
        throw_errno("remove the attribute {} of {}", name, path.native());
    }
}

} // namespace strata::sys
