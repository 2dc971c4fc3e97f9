// SPDX-License-Identifier: Apache-2.0
#include "container/user.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace strata::container {
namespace {

constexpr std::uint32_t kMaxId = 0x7fffffff;

std::optional<std::uint32_t> number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_number(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <std::size_t Count>
std::array<std::string_view, Count> fields(std::string_view line)
{
    std::array<std::string_view, Count> result;
    for (std::size_t i = 0; i < Count && !line.empty(); ++i) {
        const auto colon = i + 1 < Count ? line.find(':') : std::string_view::npos;
        result[i] = line.substr(0, colon);
        line.remove_prefix(colon == std::string_view::npos ? line.size() : colon + 1);
    }
    return result;
}

/// Calls `visit` for each line until it returns false.
template <typename Visit>
void each_line(std::string_view text, Visit&& visit)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty() && line.front() != '#' && !visit(line)) {
            return;
        }
    }
}

struct PasswdLine {
    std::string_view name, home;
    std::uint32_t uid = 0, gid = 0;
};

std::optional<PasswdLine> find_passwd(std::string_view text, std::string_view wanted)
{
    std::optional<PasswdLine> found;
    each_line(text, [&](std::string_view line) {
        const auto field = fields<7>(line); // name:password:uid:gid:comment:home:shell
        const auto uid = number(field[2]);
        const auto gid = number(field[3]);
        if (!uid || !gid || (field[0] != wanted && field[2] != wanted)) {
            return true;
        }
        found = PasswdLine{.name = field[0], .home = field[5], .uid = *uid, .gid = *gid};
        return false;
    });
    return found;
}

std::optional<std::uint32_t> find_group(std::string_view text, std::string_view wanted)
{
    std::optional<std::uint32_t> found;
    each_line(text, [&](std::string_view line) {
        const auto field = fields<4>(line); // name:password:gid:members
        const auto gid = number(field[2]);
        if (gid && (field[0] == wanted || field[2] == wanted)) {
            found = gid;
        }
        return !found;
    });
    return found;
}

bool lists(std::string_view members, std::string_view name)
{
    while (!members.empty()) {
        const auto comma = members.find(',');
        if (members.substr(0, comma) == name) {
            return true;
        }
        members.remove_prefix(comma == std::string_view::npos ? members.size() : comma + 1);
    }
    return false;
}

std::vector<std::uint32_t> memberships(std::string_view text, std::string_view user)
{
    std::vector<std::uint32_t> groups;
    each_line(text, [&](std::string_view line) {
        const auto field = fields<4>(line);
        if (const auto gid = number(field[2]); gid && lists(field[3], user)) {
            groups.push_back(*gid);
        }
        return true;
    });
    return groups;
}

std::uint32_t checked_id(std::string_view text)
{
    const auto id = number(text);
    if (!id || *id > kMaxId) {
        throw Error{Errc::invalid_argument,
                    fmt::format("uids and gids must be in range 0-{}", kMaxId)};
    }
    return *id;
}

std::uint32_t group_id(std::string_view text, std::string_view wanted)
{
    if (const auto found = find_group(text, wanted)) {
        return *found;
    }
    if (!is_number(wanted)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("unable to find group {}: no matching entries in group file", wanted)};
    }
    return checked_id(wanted);
}

void add_once(std::vector<std::uint32_t>& groups, std::uint32_t gid)
{
    if (std::ranges::find(groups, gid) == groups.end()) {
        groups.push_back(gid);
    }
}

} // namespace

User find_user(std::string_view wanted, std::span<const std::string> extra_groups,
               const UserFiles& files)
{
    const auto colon = wanted.find(':');
    const std::string_view group =
        colon == std::string_view::npos ? std::string_view{} : wanted.substr(colon + 1);
    std::string_view name = wanted.substr(0, colon);
    if (name.empty()) {
        name = "0";
    }

    User user;
    const auto line = find_passwd(files.passwd, name);
    if (line) {
        user.uid = line->uid;
        user.gid = line->gid;
        if (!line->home.empty()) {
            user.home = line->home;
        }
    } else if (!is_number(name)) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("unable to find user {}: no matching entries in passwd file", name)};
    } else {
        user.uid = checked_id(name);
    }

    // A group that was asked for stands alone; otherwise the user's memberships count.
    std::vector<std::uint32_t> member_of;
    if (!group.empty()) {
        user.gid = group_id(files.group, group);
    } else if (line) {
        member_of = memberships(files.group, line->name);
    }
    add_once(user.groups, user.gid);
    for (const std::uint32_t gid : member_of) {
        add_once(user.groups, gid);
    }
    for (const std::string& extra : extra_groups) {
        add_once(user.groups, group_id(files.group, extra));
    }
    return user;
}

} // namespace strata::container
