// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.hpp"

#include "base/error.hpp"
#include "oci/codec.hpp"
#include "oci/manifest.hpp"

#include <algorithm>

namespace strata::oci {
namespace {

namespace bj = boost::json;
using codec::set_text;
using codec::set_time;

// --- reading -------------------------------------------------------------------------------------

/// A command: a list, or, in very old configs, one string.
std::optional<std::vector<std::string>> command(const json::Field& parent, std::string_view key)
{
    const auto found = parent.find(key);
    if (!found) {
        return std::nullopt;
    }
    return found->is_string() ? std::vector{found->string()} : found->strings();
}

std::set<std::string> keys_of(const json::Field& parent, std::string_view key)
{
    const auto found = parent.find(key);
    if (!found) {
        return {};
    }
    const std::vector<std::string> keys = found->keys();
    return {keys.begin(), keys.end()};
}

Healthcheck healthcheck(const json::Field& field)
{
    const auto duration = [&](std::string_view key) {
        return std::chrono::nanoseconds{field.integer_or(key, 0)};
    };
    return {.test = field.strings_or_none("Test"),
            .interval = duration("Interval"),
            .timeout = duration("Timeout"),
            .start_period = duration("StartPeriod"),
            .start_interval = duration("StartInterval"),
            .retries = field.integer_or("Retries", 0),
            .unknown = codec::unknown_members(
                field, {"Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"})};
}

ContainerConfig container_config(const json::Field& field)
{
    ContainerConfig config;
    config.user = field.string_or("User");
    config.env = field.strings_or_none("Env");
    config.entrypoint = command(field, "Entrypoint");
    config.cmd = command(field, "Cmd");
    config.working_dir = field.string_or("WorkingDir");
    config.exposed_ports = keys_of(field, "ExposedPorts");
    config.volumes = keys_of(field, "Volumes");
    config.labels = field.string_map_or_none("Labels");
    config.stop_signal = field.string_or("StopSignal");
    if (const auto timeout = field.find("StopTimeout")) {
        config.stop_timeout = timeout->integer();
    }
    if (const auto check = field.find("Healthcheck")) {
        config.healthcheck = healthcheck(*check);
    }
    config.on_build = field.find_strings("OnBuild");
    config.shell = command(field, "Shell");
    config.args_escaped = field.boolean_or("ArgsEscaped", false);
    config.hostname = field.string_or("Hostname");
    config.domainname = field.string_or("Domainname");
    config.image = field.string_or("Image");
    config.mac_address = field.string_or("MacAddress");
    config.attach_stdin = field.boolean_or("AttachStdin", false);
    config.attach_stdout = field.boolean_or("AttachStdout", false);
    config.attach_stderr = field.boolean_or("AttachStderr", false);
    config.tty = field.boolean_or("Tty", false);
    config.open_stdin = field.boolean_or("OpenStdin", false);
    config.stdin_once = field.boolean_or("StdinOnce", false);
    config.network_disabled = field.boolean_or("NetworkDisabled", false);
    config.unknown = codec::unknown_members(
        field, {"User",         "Env",     "Entrypoint", "Cmd",         "WorkingDir",
                "ExposedPorts", "Volumes", "Labels",     "StopSignal",  "StopTimeout",
                "Healthcheck",  "OnBuild", "Shell",      "ArgsEscaped", "Hostname",
                "Domainname",   "Image",   "MacAddress", "AttachStdin", "AttachStdout",
                "AttachStderr", "Tty",     "OpenStdin",  "StdinOnce",   "NetworkDisabled"});
    return config;
}

std::vector<DiffId> diff_ids(const json::Field& root, std::size_t max_layers)
{
    const json::Field rootfs = root.get("rootfs");
    if (const std::string type = rootfs.string_or("type", "layers"); type != "layers") {
        rootfs.get("type").refuse(
            fmt::format("expected \"layers\", found {}", json::quote(type.substr(0, 64))));
    }
    const auto list = rootfs.find("diff_ids");
    if (!list) {
        return {}; // an image FROM scratch that only sets labels
    }
    const std::vector<json::Field> elements = list->elements();
    if (elements.size() > max_layers) {
        throw Error{Errc::exhausted, fmt::format("{}: {} layers, more than the {} allowed",
                                                 list->where(), elements.size(), max_layers)};
    }
    std::vector<DiffId> ids;
    ids.reserve(elements.size());
    for (const json::Field& element : elements) {
        ids.push_back({codec::digest(element)});
    }
    return ids;
}

std::vector<HistoryEntry> history(const json::Field& root, std::size_t layers)
{
    const auto list = root.find("history");
    if (!list) {
        return {};
    }
    std::vector<HistoryEntry> entries;
    std::size_t with_layer = 0;
    for (const json::Field& field : list->elements()) {
        HistoryEntry& entry = entries.emplace_back();
        entry.created = field.find_timestamp("created");
        entry.created_by = field.string_or("created_by");
        entry.author = field.string_or("author");
        entry.comment = field.string_or("comment");
        entry.empty_layer = field.boolean_or("empty_layer", false);
        entry.unknown = codec::unknown_members(
            field, {"created", "created_by", "author", "comment", "empty_layer"});
        with_layer += entry.empty_layer ? 0 : 1;
    }
    if (with_layer > layers) {
        list->refuse(fmt::format("too many non-empty layers in History section ({}, and {} layers)",
                                 with_layer, layers));
    }
    return entries;
}

// --- printing ------------------------------------------------------------------------------------

bj::object empty_objects(const std::set<std::string>& keys)
{
    bj::object object;
    for (const std::string& key : keys) {
        object[key] = bj::object{};
    }
    return object;
}

void set_strings(bj::object& object, std::string_view key,
                 const std::optional<std::vector<std::string>>& strings)
{
    if (strings) {
        object[codec::to_json(key)] = codec::to_json(*strings);
    }
}

void set_flag(bj::object& object, std::string_view key, bool flag)
{
    if (flag) {
        object[codec::to_json(key)] = true;
    }
}

bj::object to_json(const Healthcheck& check)
{
    bj::object object;
    if (!check.test.empty()) {
        object["Test"] = codec::to_json(check.test);
    }
    const auto set_number = [&](std::string_view key, std::int64_t number) {
        if (number != 0) {
            object[codec::to_json(key)] = number;
        }
    };
    set_number("Interval", check.interval.count());
    set_number("Timeout", check.timeout.count());
    set_number("StartPeriod", check.start_period.count());
    set_number("StartInterval", check.start_interval.count());
    set_number("Retries", check.retries);
    codec::restore(object, check.unknown);
    return object;
}

bj::object to_json(const ContainerConfig& config)
{
    bj::object object;
    set_text(object, "Hostname", config.hostname);
    set_text(object, "Domainname", config.domainname);
    set_text(object, "User", config.user);
    set_flag(object, "AttachStdin", config.attach_stdin);
    set_flag(object, "AttachStdout", config.attach_stdout);
    set_flag(object, "AttachStderr", config.attach_stderr);
    if (!config.exposed_ports.empty()) {
        object["ExposedPorts"] = empty_objects(config.exposed_ports);
    }
    set_flag(object, "Tty", config.tty);
    set_flag(object, "OpenStdin", config.open_stdin);
    set_flag(object, "StdinOnce", config.stdin_once);
    if (!config.env.empty()) {
        object["Env"] = codec::to_json(config.env);
    }
    set_strings(object, "Cmd", config.cmd);
    if (config.healthcheck) {
        object["Healthcheck"] = to_json(*config.healthcheck);
    }
    set_flag(object, "ArgsEscaped", config.args_escaped);
    set_text(object, "Image", config.image);
    if (!config.volumes.empty()) {
        object["Volumes"] = empty_objects(config.volumes);
    }
    set_text(object, "WorkingDir", config.working_dir);
    set_strings(object, "Entrypoint", config.entrypoint);
    set_flag(object, "NetworkDisabled", config.network_disabled);
    set_text(object, "MacAddress", config.mac_address);
    set_strings(object, "OnBuild", config.on_build);
    if (!config.labels.empty()) {
        object["Labels"] = codec::to_json(config.labels);
    }
    set_text(object, "StopSignal", config.stop_signal);
    if (config.stop_timeout) {
        object["StopTimeout"] = *config.stop_timeout;
    }
    set_strings(object, "Shell", config.shell);
    codec::restore(object, config.unknown);
    return object;
}

bj::array to_json(const std::vector<HistoryEntry>& history)
{
    bj::array array;
    for (const HistoryEntry& entry : history) {
        bj::object object;
        set_time(object, "created", entry.created);
        set_text(object, "author", entry.author);
        set_text(object, "created_by", entry.created_by);
        set_text(object, "comment", entry.comment);
        set_flag(object, "empty_layer", entry.empty_layer);
        codec::restore(object, entry.unknown);
        array.emplace_back(std::move(object));
    }
    return array;
}

bj::object rootfs(const std::vector<DiffId>& layers, const UnknownMembers& unknown)
{
    bj::array ids;
    for (const DiffId& layer : layers) {
        ids.emplace_back(layer.str());
    }
    bj::object object;
    object["type"] = "layers";
    object["diff_ids"] = std::move(ids);
    codec::restore(object, unknown);
    return object;
}

/// Objects keep the order in which they were filled; this is for the outermost one only.
bj::object sorted(const bj::object& object)
{
    std::vector<const bj::key_value_pair*> members;
    for (const bj::key_value_pair& member : object) {
        members.push_back(&member);
    }
    std::ranges::sort(members, [](const auto* a, const auto* b) { return a->key() < b->key(); });
    bj::object result;
    for (const bj::key_value_pair* member : members) {
        result.emplace(member->key(), member->value());
    }
    return result;
}

} // namespace

ImageConfig ImageConfig::parse(std::string_view text, std::size_t max_layers)
{
    const bj::value document = json::parse(text, "image config", {.max_bytes = kMaxConfigBytes});
    const json::Field root{document, "image config"};

    ImageConfig result;
    result.diff_ids = oci::diff_ids(root, max_layers);
    result.unknown_in_rootfs = codec::unknown_members(root.get("rootfs"), {"type", "diff_ids"});
    result.history = oci::history(root, result.diff_ids.size());
    result.created = root.find_timestamp("created");
    result.author = root.string_or("author");
    result.architecture = root.string_or("architecture");
    result.os = root.string_or("os");
    result.variant = root.string_or("variant");
    result.os_version = root.string_or("os.version");
    result.os_features = root.strings_or_none("os.features");
    if (const auto config = root.find("config")) {
        result.config = oci::container_config(*config);
    }
    result.comment = root.string_or("comment");
    result.container = root.string_or("container");
    if (const auto config = root.find("container_config")) {
        result.container_config = oci::container_config(*config);
    }
    result.docker_version = root.string_or("docker_version");
    result.parent = root.string_or("parent");
    result.unknown = codec::unknown_members(root, {"rootfs", "history", "created", "author",
                                                   "architecture", "os", "variant", "os.version",
                                                   "os.features", "config", "comment", "container",
                                                   "container_config", "docker_version", "parent"});
    return result;
}

std::string ImageConfig::print() const
{
    bj::object object;
    object["architecture"] = architecture;
    set_text(object, "author", author);
    set_text(object, "comment", comment);
    object["config"] = to_json(config);
    set_text(object, "container", container);
    if (container_config) {
        object["container_config"] = to_json(*container_config);
    }
    set_time(object, "created", created);
    set_text(object, "docker_version", docker_version);
    object["history"] = to_json(history);
    object["os"] = os;
    if (!os_features.empty()) {
        object["os.features"] = codec::to_json(os_features);
    }
    set_text(object, "os.version", os_version);
    set_text(object, "parent", parent);
    object["rootfs"] = rootfs(diff_ids, unknown_in_rootfs);
    set_text(object, "variant", variant);
    codec::restore(object, unknown);
    return codec::print(sorted(object));
}

Platform ImageConfig::platform() const
{
    const Platform host = Platform::host();
    return Platform{.os = os.empty() ? host.os : os,
                    .architecture = architecture.empty() ? host.architecture : architecture,
                    .variant = variant,
                    .os_version = os_version,
                    .os_features = os_features};
}

void ImageConfig::set_platform(const Platform& platform)
{
    os = platform.os;
    architecture = platform.architecture;
    variant = platform.variant;
    os_version = platform.os_version;
    os_features = platform.os_features;
}

std::vector<std::optional<std::size_t>> ImageConfig::history_layers() const
{
    std::vector<std::optional<std::size_t>> layers;
    std::size_t next = 0;
    for (const HistoryEntry& entry : history) {
        const bool has_layer = !entry.empty_layer && next < diff_ids.size();
        layers.push_back(has_layer ? std::optional{next++} : std::nullopt);
    }
    return layers;
}

void ImageConfig::add_step(HistoryEntry entry, const std::optional<DiffId>& layer)
{
    entry.empty_layer = !layer;
    history.push_back(std::move(entry));
    if (layer) {
        diff_ids.push_back(*layer);
    }
}

std::optional<std::string_view> ContainerConfig::find_env(std::string_view name) const
{
    for (const std::string_view entry : env) {
        const std::size_t equals = entry.find('=');
        if (entry.substr(0, equals) == name) {
            return equals == entry.npos ? std::string_view{} : entry.substr(equals + 1);
        }
    }
    return std::nullopt;
}

void ContainerConfig::set_env(std::string_view name, std::string_view value)
{
    std::string entry = fmt::format("{}={}", name, value);
    for (std::string& existing : env) {
        if (std::string_view{existing}.substr(0, existing.find('=')) == name) {
            existing = std::move(entry);
            return;
        }
    }
    env.push_back(std::move(entry));
}

} // namespace strata::oci
