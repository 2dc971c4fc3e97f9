// SPDX-License-Identifier: Apache-2.0
#include "io/layer_name.hpp"

#include "base/error.hpp"
#include "io/printable.hpp"

namespace strata::io {
namespace {

constexpr std::size_t kMaxComponent = 255; // NAME_MAX of every Linux file system that matters
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kReserved = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

[[noreturn]] void refuse(std::string_view path, std::string_view why)
{
    throw Error{Errc::invalid_argument, fmt::format("the name {} {}", printable(path), why)};
}

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> components;
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string_view component = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (component.empty() || component == ".") {
            continue;
        }
        if (component == "..") {
            refuse(path, "leaves its folder with '..'");
        }
        if (component.size() > kMaxComponent) {
            refuse(path, "has a component of over 255 bytes");
        }
        components.emplace_back(component);
    }
    return components;
}

} // namespace

LayerName parse_layer_name(std::string_view path)
{
    if (path.find('\0') != std::string_view::npos) {
        refuse(path, "holds a NUL");
    }
    LayerName name{LayerName::Kind::entry, split(path)};
    for (std::size_t i = 0; i + 1 < name.components.size(); ++i) {
        if (name.components[i].starts_with(kReserved)) {
            name.kind = LayerName::Kind::ignored; // .wh..wh.plnk/…, aufs's hard links
            return name;
        }
    }
    if (name.components.empty() || !name.components.back().starts_with(kWhiteout)) {
        return name;
    }
    std::string& last = name.components.back();
    if (last == kOpaque) {
        name.kind = LayerName::Kind::opaque;
        name.components.pop_back();
    } else if (last.starts_with(kReserved)) {
        name.kind = LayerName::Kind::ignored;
    } else {
        name.kind = LayerName::Kind::whiteout;
        last.erase(0, kWhiteout.size());
        if (last.empty() || last == "." || last == "..") {
            refuse(path, "is a whiteout of nothing");
        }
    }
    return name;
}

} // namespace strata::io
