// SPDX-License-Identifier: Apache-2.0
#include "cli/operands.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <cctype>

namespace strata::cli {
namespace {

/// Go spells what the system says in lower case.
std::string in_lower_case(std::string message)
{
    if (const auto colon = message.rfind(": "); colon != message.npos) {
        char& first = message[colon + 2];
        first = static_cast<char>(std::tolower(static_cast<unsigned char>(first)));
    }
    return message;
}

} // namespace

sys::Fd open_input(const std::string& path)
{
    try {
        sys::Fd file = sys::open_file(path, O_RDONLY);
        if (S_ISDIR(sys::status_of(file).st_mode)) {
            throw Error{Errc::conflict, fmt::format("read {}: Is a directory", path)};
        }
        return file;
    } catch (const Error& error) {
        throw Error{error.code(), in_lower_case(error.message())};
    }
}

std::optional<oci::Platform> parse_platform(const std::string& text)
{
    if (text.empty()) {
        return std::nullopt;
    }
    try {
        return oci::Platform::parse(text);
    } catch (const Error& error) {
        throw Error{error.code(), "invalid platform: " + error.message(), error.hint()};
    }
}

} // namespace strata::cli
