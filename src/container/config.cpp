// SPDX-License-Identifier: Apache-2.0
#include "container/config.hpp"

#include "base/error.hpp"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <fmt/format.h>

#include <type_traits>

namespace strata::container {

BOOST_DESCRIBE_ENUM(MountKind, bind, volume, tmpfs)
BOOST_DESCRIBE_ENUM(NetworkMode, none, host)
BOOST_DESCRIBE_ENUM(NamespaceMode, private_, host)
BOOST_DESCRIBE_STRUCT(MountPoint, (),
                      (kind, source, destination, read_only, copy_up, anonymous, propagation, mode,
                       tmpfs_options))
BOOST_DESCRIBE_STRUCT(ResourceLimit, (), (name, soft, hard))
BOOST_DESCRIBE_STRUCT(DeviceMapping, (), (host, container, permissions))
BOOST_DESCRIBE_STRUCT(Resources, (),
                      (memory, memory_swap, memory_reservation, nano_cpus, cpu_shares, pids_limit,
                       cpuset_cpus, cpuset_mems, ulimits, shm_bytes, oom_score_adj))
BOOST_DESCRIBE_STRUCT(Config, (),
                      (entrypoint, command, entrypoint_is_set, env, user, working_dir, stop_signal,
                       groups, terminal, open_stdin, attached, hostname, domainname, labels, mounts,
                       bare_volumes, devices, extra_hosts, dns, dns_search, dns_options, network,
                       pid, ipc, uts, read_only, privileged, no_new_privileges, cap_add, cap_drop,
                       seccomp, seccomp_file, sysctls, resources, remove_on_exit, runtime,
                       log_bytes, log_files))

namespace {

namespace json = boost::json;
namespace describe = boost::describe;

// A described struct is written and read member by member. Members that have their default value
// are left out, and what is left out or unknown is passed over when reading: a record lives longer
// than the program that wrote it.

template <typename T>
struct IsOptional : std::false_type {
};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {
};

template <typename T>
json::value encode(const T& value);

template <typename T>
json::value encode_struct(const T& value)
{
    static const T defaults{};
    json::object object;
    boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public>>([&](auto member) {
        json::value encoded = encode(value.*member.pointer);
        if (encoded != encode(defaults.*member.pointer)) {
            object.emplace(member.name, std::move(encoded));
        }
    });
    return object;
}

template <typename T>
json::value encode(const T& value)
{
    if constexpr (describe::has_describe_members<T>::value) {
        return encode_struct(value);
    } else if constexpr (std::is_enum_v<T>) {
        return json::value(describe::enum_to_string(value, ""));
    } else if constexpr (IsOptional<T>::value) {
        return value ? encode(*value) : json::value{};
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
        json::object object;
        for (const auto& [key, item] : value) {
            object.emplace(key, item);
        }
        return object;
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
        return json::value(value);
    } else {
        json::array array;
        for (const auto& item : value) {
            array.push_back(encode(item));
        }
        return array;
    }
}

template <typename T>
void decode(const json::value& from, T& into)
{
    if constexpr (describe::has_describe_members<T>::value) {
        const json::object& object = from.as_object();
        boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public>>(
            [&](auto member) {
                if (const json::value* found = object.if_contains(member.name)) {
                    decode(*found, into.*member.pointer);
                }
            });
    } else if constexpr (std::is_enum_v<T>) {
        const json::string& name = from.as_string();
        if (!describe::enum_from_string(name.c_str(), into)) {
            throw Error{Errc::corrupt,
                        fmt::format("container record: '{}' is unknown", name.c_str())};
        }
    } else if constexpr (IsOptional<T>::value) {
        if (!from.is_null()) {
            typename T::value_type value{};
            decode(from, value);
            into = value;
        }
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
        for (const auto& item : from.as_object()) {
            into.emplace(item.key(), std::string{item.value().as_string()});
        }
    } else if constexpr (std::is_same_v<T, std::string>) {
        into = std::string{from.as_string()};
    } else if constexpr (std::is_same_v<T, bool>) {
        into = from.as_bool();
    } else if constexpr (std::is_arithmetic_v<T>) {
        into = from.to_number<T>();
    } else {
        for (const json::value& item : from.as_array()) {
            decode(item, into.emplace_back());
        }
    }
}

} // namespace

std::vector<std::string> Config::arguments() const
{
    std::vector<std::string> all = entrypoint;
    all.insert(all.end(), command.begin(), command.end());
    if (all.empty()) {
        throw Error{Errc::invalid_argument, "no command specified"};
    }
    return all;
}

std::string Config::to_json() const
{
    return json::serialize(encode_struct(*this));
}

Config Config::from_json(std::string_view text)
{
    try {
        Config config;
        decode(json::parse(text), config);
        return config;
    } catch (const std::invalid_argument& wrong) { // a member of another type
        throw Error{Errc::corrupt, fmt::format("container record: {}", wrong.what())};
    } catch (const boost::system::system_error& wrong) {
        throw Error{Errc::corrupt, fmt::format("container record: {}", wrong.what())};
    }
}

} // namespace strata::container
