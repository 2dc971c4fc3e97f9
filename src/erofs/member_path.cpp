// SPDX-License-Identifier: Apache-2.0
#include "erofs/member_path.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"

namespace strata::erofs {

namespace {

void check_component(std::string_view name)
{
    if (name == "..") {
        throw Error{Errc::invalid_argument, "its name leads out of the layer: it has a '..'"};
    }
    if (name.size() > format::kMaxName) {
        throw Error{Errc::invalid_argument,
                    fmt::format("a component of its name has {} bytes; at most {} are possible",
                                name.size(), format::kMaxName)};
    }
}

} // namespace

MemberPath split_member_path(std::string_view path)
{
    if (path.empty()) {
        throw Error{Errc::invalid_argument, "its name is empty"};
    }
    if (path.find('\0') != std::string_view::npos) {
        throw Error{Errc::invalid_argument, "its name has a NUL byte"};
    }
    for (;;) {
        const std::size_t slash = path.rfind('/');
        const std::string_view name =
            slash == std::string_view::npos ? path : path.substr(slash + 1);
        const std::string_view parents =
            slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
        if (!name.empty() && name != ".") {
            check_component(name);
            return {parents, name};
        }
        if (parents.empty()) {
            return {};
        }
        path = parents;
    }
}

std::string_view take_component(std::string_view& rest)
{
    while (!rest.empty()) {
        const std::size_t slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (!name.empty() && name != ".") {
            check_component(name);
            return name;
        }
    }
    return {};
}

} // namespace strata::erofs
