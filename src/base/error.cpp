// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <cstring>

namespace strata {
namespace {

Errc code_for(int error_number)
{
    switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
    case ENXIO:
        return Errc::not_found;
    case EEXIST:
    case ENOTEMPTY:
        return Errc::already_exists;
    case EACCES:
    case EPERM:
    case EROFS:
        return Errc::denied;
    case EBUSY:
    case ETXTBSY:
    case EISDIR:
        return Errc::conflict;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EFBIG:
        return Errc::exhausted;
    case EAGAIN:
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EPIPE:
        return Errc::unavailable;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
        return Errc::invalid_argument;
    case ENOSYS:
    case EOPNOTSUPP:
    case ENODEV:
        return Errc::unsupported;
    case EIO:
    case EBADMSG:
    case EUCLEAN:
        return Errc::corrupt;
    case ECANCELED:
        return Errc::cancelled;
    default:
        return Errc::internal;
    }
}

} // namespace

Error::Error(Errc code, std::string message, std::string hint)
    : code_{code}, message_{std::move(message)}, hint_{std::move(hint)}, what_{message_}
{
}

void Error::add_context(std::string doing)
{
    context_.push_back(std::move(doing));
    rebuild_what();
}

void Error::set_hint(std::string hint)
{
    hint_ = std::move(hint);
}

void Error::rebuild_what()
{
    what_.clear();
    for (auto line = context_.rbegin(); line != context_.rend(); ++line) {
        what_ += *line;
        what_ += ": ";
    }
    what_ += message_;
}

void throw_system_error(int error_number, std::string action)
{
    throw Error{code_for(error_number), fmt::format("{}: {}", action, std::strerror(error_number))};
}

} // namespace strata
