// SPDX-License-Identifier: Apache-2.0
#include "container/seccomp.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <sys/utsname.h>

#include <algorithm>
#include <charconv>

namespace strata::container {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(std::string_view why)
{
    throw Error{Errc::invalid_argument, fmt::format("seccomp profile: {}", why)};
}

/// The member if it is there and not null; profiles leave out what they do not use, or say null.
const json::value* find(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

const json::array* find_array(const json::object& object, std::string_view name)
{
    const json::value* value = find(object, name);
    if (value == nullptr) {
        return nullptr;
    }
    if (!value->is_array()) {
        refuse(fmt::format("'{}' must be a list", name));
    }
    return &value->get_array();
}

const json::object& as_object(const json::value& value, std::string_view what)
{
    if (!value.is_object()) {
        refuse(fmt::format("{} must be an object", what));
    }
    return value.get_object();
}

std::string_view as_text(const json::value& value, std::string_view what)
{
    if (!value.is_string()) {
        refuse(fmt::format("{} must be a string", what));
    }
    return {value.get_string().data(), value.get_string().size()};
}

bool any_of(const json::array& wanted, auto&& holds)
{
    return std::ranges::any_of(
        wanted, [&](const json::value& item) { return holds(as_text(item, "a condition")); });
}

/// `includes`: every capability, any of the architectures, at least the kernel.
bool included(const json::object& when, const SeccompFacts& facts)
{
    const auto has = [&](std::string_view name) {
        return std::ranges::find(facts.capabilities, name) != facts.capabilities.end();
    };
    const auto lacks = [&](std::string_view name) { return !has(name); };
    const auto is_ours = [&](std::string_view name) { return name == facts.architecture; };

    if (const json::array* caps = find_array(when, "caps"); caps && any_of(*caps, lacks)) {
        return false;
    }
    if (const json::array* arches = find_array(when, "arches");
        arches && !arches->empty() && !any_of(*arches, is_ours)) {
        return false;
    }
    const json::value* kernel = find(when, "minKernel");
    return kernel == nullptr || KernelVersion::parse(as_text(*kernel, "minKernel")) <= facts.kernel;
}

/// `excludes`: any capability, any architecture, at least the kernel takes the rule away.
bool excluded(const json::object& when, const SeccompFacts& facts)
{
    const auto has = [&](std::string_view name) {
        return std::ranges::find(facts.capabilities, name) != facts.capabilities.end();
    };
    const auto is_ours = [&](std::string_view name) { return name == facts.architecture; };

    if (const json::array* caps = find_array(when, "caps"); caps && any_of(*caps, has)) {
        return true;
    }
    if (const json::array* arches = find_array(when, "arches");
        arches && any_of(*arches, is_ours)) {
        return true;
    }
    const json::value* kernel = find(when, "minKernel");
    return kernel != nullptr && KernelVersion::parse(as_text(*kernel, "minKernel")) <= facts.kernel;
}

bool applies(const json::object& rule, const SeccompFacts& facts)
{
    const json::value* includes = find(rule, "includes");
    const json::value* excludes = find(rule, "excludes");
    return (includes == nullptr || included(as_object(*includes, "'includes'"), facts)) &&
           (excludes == nullptr || !excluded(as_object(*excludes, "'excludes'"), facts));
}

std::string_view scmp_architecture(std::string_view go_name)
{
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"amd64", "SCMP_ARCH_X86_64"},    {"arm64", "SCMP_ARCH_AARCH64"},
        {"ppc64le", "SCMP_ARCH_PPC64LE"}, {"s390x", "SCMP_ARCH_S390X"},
        {"riscv64", "SCMP_ARCH_RISCV64"}, {"386", "SCMP_ARCH_X86"},
        {"arm", "SCMP_ARCH_ARM"}};
    const auto found =
        std::ranges::find(names, go_name, &std::pair<std::string_view, std::string_view>::first);
    return found == std::end(names) ? std::string_view{} : found->second;
}

json::array architectures(const json::object& profile, const SeccompFacts& facts)
{
    const std::string_view native = scmp_architecture(facts.architecture);
    if (const json::array* given = find_array(profile, "architectures"); given && !given->empty()) {
        if (find_array(profile, "archMap") != nullptr) {
            refuse("'architectures' and 'archMap' were both given; use one of them");
        }
        return *given;
    }
    json::array result;
    if (const json::array* map = find_array(profile, "archMap")) {
        for (const json::value& item : *map) {
            const json::object& entry = as_object(item, "an item of 'archMap'");
            const json::value* name = find(entry, "architecture");
            if (name == nullptr || as_text(*name, "'architecture'") != native) {
                continue;
            }
            result.push_back(*name);
            if (const json::array* others = find_array(entry, "subArchitectures")) {
                result.insert(result.end(), others->begin(), others->end());
            }
        }
    }
    return result;
}

/// A rule with what only Docker's format knows left out.
json::object oci_rule(const json::object& rule)
{
    json::object out;
    const json::array* names = find_array(rule, "names");
    const json::value* name = find(rule, "name"); // the oldest profiles have one rule a system call
    if ((names == nullptr || names->empty()) == (name == nullptr)) {
        refuse("a rule needs either 'names' or 'name'");
    }
    out["names"] = names != nullptr && !names->empty() ? *names : json::array{*name};

    const json::value* action = find(rule, "action");
    if (action == nullptr) {
        refuse("a rule has no 'action'");
    }
    out["action"] = as_text(*action, "'action'");
    if (const json::value* number = find(rule, "errnoRet")) {
        out["errnoRet"] = *number;
    }
    if (const json::array* args = find_array(rule, "args"); args && !args->empty()) {
        json::array kept;
        for (const json::value& arg : *args) {
            if (!arg.is_null()) {
                kept.push_back(arg);
            }
        }
        out["args"] = std::move(kept);
    }
    return out;
}

std::string go_architecture(std::string_view machine)
{
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"i686", "386"}, {"armv7l", "arm"}};
    for (const auto& [kernel, go] : names) {
        if (machine == kernel) {
            return std::string{go};
        }
    }
    return std::string{machine};
}

} // namespace

KernelVersion KernelVersion::parse(std::string_view release)
{
    KernelVersion version;
    const char* const end = release.data() + release.size();
    const auto major_end = std::from_chars(release.data(), end, version.major);
    if (major_end.ec != std::errc{} || major_end.ptr == end || *major_end.ptr != '.' ||
        std::from_chars(major_end.ptr + 1, end, version.minor).ec != std::errc{}) {
        throw Error{Errc::invalid_argument, fmt::format("'{}' is not a kernel version", release)};
    }
    return version;
}

SeccompFacts seccomp_facts(std::span<const std::string> capabilities)
{
    ::utsname host{};
    if (::uname(&host) != 0) {
        throw_errno("uname");
    }
    return {.capabilities = capabilities,
            .architecture = go_architecture(host.machine),
            .kernel = KernelVersion::parse(host.release)};
}

std::optional<json::value> translate_seccomp(std::string_view profile, const SeccompFacts& facts)
{
    boost::system::error_code failed;
    const json::value parsed = json::parse(profile, failed);
    if (failed) {
        refuse(fmt::format("not JSON: {}", failed.message()));
    }
    const json::object& in = as_object(parsed, "the profile");
    if (in.empty()) {
        return std::nullopt;
    }

    json::object out;
    const json::value* fallback = find(in, "defaultAction");
    if (fallback == nullptr) {
        refuse("no 'defaultAction'");
    }
    out["defaultAction"] = as_text(*fallback, "'defaultAction'");
    for (const std::string_view copied :
         {"defaultErrnoRet", "flags", "listenerPath", "listenerMetadata"}) {
        if (const json::value* value = find(in, copied)) {
            out[copied] = *value;
        }
    }
    if (json::array arches = architectures(in, facts); !arches.empty()) {
        out["architectures"] = std::move(arches);
    }
    json::array rules;
    if (const json::array* given = find_array(in, "syscalls")) {
        for (const json::value& item : *given) {
            const json::object& rule = as_object(item, "an item of 'syscalls'");
            if (applies(rule, facts)) {
                rules.push_back(oci_rule(rule));
            }
        }
    }
    out["syscalls"] = std::move(rules);
    return out;
}

std::string read_default_seccomp_profile(const std::filesystem::path& file)
{
    try {
        return sys::read_small_file(file);
    } catch (const Error& error) {
        if (error.code() != Errc::not_found) {
            throw;
        }
    }
    throw Error{
        Errc::not_found,
        fmt::format("no seccomp profile at {}: containers would run unconfined", file.string()),
        "Install the package golang-github-containers-common, or accept it with "
        "'--security-opt seccomp=unconfined'."};
}

} // namespace strata::container
