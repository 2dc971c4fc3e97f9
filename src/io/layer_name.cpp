// SPDX-License-Identifier: Apache-2.0
#include "io/layer_name.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata::io {
namespace {

constexpr std::size_t kMaxComponent = 255; // NAME_MAX of every Linux file system that matters

// Whoever catches it knows the name, and says it.
[[noreturn]] void refuse(std::string why)
{
    throw Error{Errc::invalid_argument, std::move(why)};
}

void check_component(std::string_view component)
{
    if (component == "..") {
        refuse("its name leads out of the layer: it has a '..'");
    }
    if (component.size() > kMaxComponent) {
        refuse(fmt::format("a component of its name has {} bytes; at most {} are possible",
                           component.size(), kMaxComponent));
    }
}

bool says_nothing(std::string_view component)
{
    return component.empty() || component == ".";
}

void check_whole(std::string_view name)
{
    if (name.empty()) {
        refuse("its name is empty");
    }
    if (name.find('\0') != std::string_view::npos) {
        refuse("its name has a NUL byte");
    }
}

} // namespace

NameKind kind_of(std::string_view component)
{
    if (!component.starts_with(kWhiteoutPrefix)) {
        return NameKind::entry;
    }
    if (component == kOpaqueMarker) {
        return NameKind::opaque;
    }
    if (component.starts_with(kHiddenPrefix)) {
        return NameKind::hidden;
    }
    const std::string_view gone = component.substr(kWhiteoutPrefix.size());
    if (says_nothing(gone) || gone == "..") {
        refuse("it is a whiteout of nothing that has a name");
    }
    return NameKind::whiteout;
}

CutName cut_name(std::string_view name)
{
    check_whole(name);
    for (;;) {
        const std::size_t slash = name.rfind('/');
        const bool has_parents = slash != std::string_view::npos;
        const std::string_view last = has_parents ? name.substr(slash + 1) : name;
        const std::string_view parents = has_parents ? name.substr(0, slash) : std::string_view{};
        if (!says_nothing(last)) {
            check_component(last);
            return {parents, last};
        }
        if (parents.empty()) {
            return {};
        }
        name = parents;
    }
}

std::string_view take_component(std::string_view& rest)
{
    while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view component = rest.substr(0, slash);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        if (!says_nothing(component)) {
            check_component(component);
            return component;
        }
    }
    return {};
}

std::vector<std::string> components_of(std::string_view name)
{
    std::vector<std::string> components;
    for (;;) {
        const std::string_view component = take_component(name);
        if (component.empty()) {
            return components;
        }
        components.emplace_back(component);
    }
}

bool is_below(std::string_view name, std::string_view folder)
{
    for (;;) {
        const std::string_view wanted = take_component(folder);
        const std::string_view component = take_component(name);
        if (wanted.empty()) {
            return !component.empty();
        }
        if (component != wanted) {
            return false;
        }
    }
}

LayerName parse_layer_name(std::string_view name)
{
    check_whole(name);
    LayerName parsed{NameKind::entry, components_of(name)};
    for (std::string& component : parsed.components) {
        parsed.kind = kind_of(component);
        const bool is_last = &component == &parsed.components.back();
        if (parsed.kind == NameKind::entry) {
            continue;
        }
        if (parsed.kind == NameKind::whiteout) {
            if (!is_last) {
                refuse("it lies below a whiteout");
            }
            component.erase(0, kWhiteoutPrefix.size());
        } else if (parsed.kind == NameKind::opaque && is_last) {
            parsed.components.pop_back();
        } else {
            parsed.kind = NameKind::hidden; // .wh..wh.plnk/…, aufs's hard links
        }
        break;
    }
    return parsed;
}

} // namespace strata::io
