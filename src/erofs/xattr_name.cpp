// SPDX-License-Identifier: Apache-2.0
#include "erofs/xattr_name.hpp"

#include "base/error.hpp"
#include "erofs/format.hpp"

#include <array>
#include <cstring>

namespace strata::erofs {

namespace {

using format::XattrEntry;

struct Namespace {
    std::string_view name;
    std::uint8_t number;
    bool whole; // the name is complete; nothing follows
};

constexpr std::uint8_t kUser = 1;
constexpr std::uint8_t kAclAccess = 2;
constexpr std::uint8_t kAclDefault = 3;
constexpr std::uint8_t kTrusted = 4;

constexpr std::array kNamespaces{
    Namespace{"user.", kUser, false},
    Namespace{"system.posix_acl_access", kAclAccess, true},
    Namespace{"system.posix_acl_default", kAclDefault, true},
    Namespace{"trusted.", kTrusted, false},
    Namespace{"security.", 6, false},
};
constexpr std::string_view kOverlay = "overlay.";
constexpr std::string_view kOpaque = "overlay.opaque";
constexpr std::string_view kImplied = "overlay.strata.implied";

constexpr std::size_t kMaxXattrName = 255; // XATTR_NAME_MAX, the namespace included
constexpr std::size_t kMaxValue = 0xFFFF;

const Namespace* find_namespace(std::string_view name)
{
    for (const Namespace& candidate : kNamespaces) {
        if (candidate.whole ? name == candidate.name
                            : name.starts_with(candidate.name) && name != candidate.name) {
            return &candidate;
        }
    }
    return nullptr;
}

const Namespace* find_namespace(std::uint8_t number)
{
    for (const Namespace& candidate : kNamespaces) {
        if (candidate.number == number) {
            return &candidate;
        }
    }
    return nullptr;
}

/// A file that has an attribute which it cannot have would be stuck: overlayfs copies all of them
/// when it copies a file, and may not read this one.
bool is_possible(std::uint8_t space, std::uint16_t mode)
{
    const bool directory = (mode & format::kTypeMask) == format::kDirectory;
    switch (space) {
    case kUser:
        return directory || (mode & format::kTypeMask) == format::kRegular;
    case kAclAccess:
        return (mode & format::kTypeMask) != format::kSymlink;
    case kAclDefault:
        return directory;
    default:
        return true;
    }
}

std::string encode(std::uint8_t prefix, std::string_view name, std::string_view value)
{
    const XattrEntry entry{static_cast<std::uint8_t>(name.size()), prefix,
                           static_cast<std::uint16_t>(value.size())};
    std::string encoded;
    encoded.reserve(sizeof entry + name.size() + value.size() + 3);
    encoded.append(sizeof entry, '\0');
    std::memcpy(encoded.data(), &entry, sizeof entry);
    encoded.append(name).append(value);
    encoded.resize(format::round_up(encoded.size(), 4));
    return encoded;
}

/// The kernel looks into an ACL at every access; one that it cannot parse makes the file unusable.
bool is_acl(std::string_view value)
{
    std::uint32_t version = 0;
    if (value.size() < sizeof version || (value.size() - sizeof version) % 8 != 0) {
        return false;
    }
    std::memcpy(&version, value.data(), sizeof version);
    return version == 2;
}

} // namespace

bool can_have_xattr(std::uint16_t mode, std::string_view name)
{
    const Namespace* const space = find_namespace(name);
    return space != nullptr && is_possible(space->number, mode);
}

std::optional<std::string> encode_xattr(const io::Xattr& xattr, std::uint16_t mode)
{
    const Namespace* const space = find_namespace(xattr.name);
    if (space == nullptr || !is_possible(space->number, mode)) {
        return {};
    }
    std::string suffix = xattr.name.substr(space->name.size());
    if (space->number == kTrusted && suffix.starts_with(kOverlay)) {
        suffix.insert(0, kOverlay);
    }
    if (space->name.size() + suffix.size() > kMaxXattrName ||
        suffix.find('\0') != std::string::npos) {
        throw Error{Errc::invalid_argument,
                    fmt::format("the extended attribute {:?} has a name that no file can have",
                                xattr.name.substr(0, kMaxXattrName))};
    }
    if (xattr.value.size() > kMaxValue) {
        throw Error{Errc::invalid_argument,
                    fmt::format("the extended attribute {:?} has {} bytes; at most {} are possible",
                                xattr.name, xattr.value.size(), kMaxValue)};
    }
    if (space->whole && !is_acl(xattr.value)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("the extended attribute {} is not an access control list", xattr.name)};
    }
    return encode(space->number, suffix, xattr.value);
}

std::optional<std::size_t> encoded_xattr_bytes(std::string_view bytes)
{
    XattrEntry entry;
    if (bytes.size() < sizeof entry) {
        return {};
    }
    std::memcpy(&entry, bytes.data(), sizeof entry);
    const std::size_t size =
        format::round_up(sizeof entry + entry.name_bytes + entry.value_bytes, 4);
    return size <= bytes.size() ? std::optional{size} : std::nullopt;
}

std::optional<io::Xattr> decode_xattr(std::string_view encoded)
{
    if (encoded == opaque_mark() || encoded == implied_mark()) {
        return {};
    }
    XattrEntry entry;
    std::memcpy(&entry, encoded.data(), sizeof entry);
    const Namespace* const space = find_namespace(entry.prefix);
    if (space == nullptr) {
        return {};
    }
    std::string_view suffix = encoded.substr(sizeof entry, entry.name_bytes);
    const std::string_view value =
        encoded.substr(sizeof entry + entry.name_bytes, entry.value_bytes);
    if (space->number == kTrusted && suffix.starts_with(kOverlay)) {
        suffix.remove_prefix(kOverlay.size());
    }
    return io::Xattr{std::string{space->name}.append(suffix), std::string{value}};
}

const std::string& opaque_mark()
{
    static const std::string mark = encode(kTrusted, kOpaque, "y");
    return mark;
}

const std::string& implied_mark()
{
    static const std::string mark = encode(kTrusted, kImplied, "y");
    return mark;
}

} // namespace strata::erofs
