// SPDX-License-Identifier: Apache-2.0
//
// Docker's JSON of an image, as its API 1.51 gives it: struct members in their order, maps (and so
// "Config") sorted.
#include "base/json.hpp"
#include "engine/engine.hpp"
#include "engine/image_names.hpp"
#include "engine/image_platform.hpp"
#include "engine/images.hpp"
#include "oci/image_config.hpp"
#include "store/image_store.hpp"
#include "store/layer_driver.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

namespace strata::engine {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array strings(const std::vector<std::string>& texts)
{
    return array(texts.begin(), texts.end());
}

value strings_or_null(const std::optional<std::vector<std::string>>& texts)
{
    return texts ? value(strings(*texts)) : value(nullptr);
}

/// A set, as Go writes one: {"80/tcp": {}}.
object keys(const std::set<std::string>& names)
{
    object result;
    for (const std::string& name : names) {
        result[name].emplace_object();
    }
    return result;
}

object labels(const std::map<std::string, std::string>& pairs)
{
    object result;
    for (const auto& [name, text] : pairs) {
        result[name] = text;
    }
    return result;
}

object health_check(const oci::Healthcheck& check)
{
    object result;
    if (!check.test.empty()) {
        result["Test"] = strings(check.test);
    }
    const auto set = [&](std::string_view name, std::int64_t number) {
        if (number != 0) {
            result[name] = number;
        }
    };
    set("Interval", check.interval.count());
    set("Timeout", check.timeout.count());
    set("StartPeriod", check.start_period.count());
    set("StartInterval", check.start_interval.count());
    set("Retries", check.retries);
    return result;
}

/// What Docker leaves out when it is empty, and what it always shows.
object config_document(const oci::ContainerConfig& config)
{
    object result;
    if (config.args_escaped) {
        result["ArgsEscaped"] = true;
    }
    result["Cmd"] = strings_or_null(config.cmd);
    result["Entrypoint"] = strings_or_null(config.entrypoint);
    result["Env"] = config.env.empty() ? value(nullptr) : value(strings(config.env));
    if (!config.exposed_ports.empty()) {
        result["ExposedPorts"] = keys(config.exposed_ports);
    }
    if (config.healthcheck) {
        result["Healthcheck"] = health_check(*config.healthcheck);
    }
    result["Labels"] = config.labels.empty() ? value(nullptr) : value(labels(config.labels));
    result["OnBuild"] = strings_or_null(config.on_build);
    if (config.shell) {
        result["Shell"] = strings(*config.shell);
    }
    if (!config.stop_signal.empty()) {
        result["StopSignal"] = config.stop_signal;
    }
    result["User"] = config.user;
    result["Volumes"] = config.volumes.empty() ? value(nullptr) : value(keys(config.volumes));
    result["WorkingDir"] = config.working_dir;
    return result;
}

array names(const std::vector<oci::Reference>& references)
{
    array result;
    for (const oci::Reference& reference : references) {
        result.emplace_back(reference.familiar());
    }
    return result;
}

object root_file_system(const std::vector<oci::DiffId>& layers)
{
    object result{{"Type", "layers"}};
    if (!layers.empty()) {
        array& ids = result["Layers"].emplace_array();
        for (const oci::DiffId& layer : layers) {
            ids.emplace_back(layer.str());
        }
    }
    return result;
}

std::string comment_of(const oci::ImageConfig& config)
{
    return config.comment.empty() && !config.history.empty() ? config.history.back().comment
                                                             : config.comment;
}

} // namespace

std::string inspect_image(Engine& engine, std::string_view name,
                          const std::optional<oci::Platform>& platform)
{
    store::Store& store = engine.store();
    const store::Image image = store.images().get_as_written(name);
    const oci::ImageConfig config = oci::ImageConfig::parse(store.images().config(image.id));
    check_platform(name, config, platform);
    const oci::Platform runs_on = config.platform();

    object document{{"Id", image.id.str()}};
    document["RepoTags"] = names(tags_of(image));
    document["RepoDigests"] = names(digests_of(image));
    document["Parent"] = image.parent ? image.parent->str() : "";
    document["Comment"] = comment_of(config);
    if (config.created) {
        document["Created"] = format_rfc3339(*config.created);
    }
    document["DockerVersion"] = config.docker_version;
    document["Author"] = config.author;
    document["Config"] = config_document(config.config);
    document["Architecture"] = runs_on.architecture;
    if (!config.variant.empty()) {
        document["Variant"] = config.variant;
    }
    document["Os"] = runs_on.os;
    if (!config.os_version.empty()) {
        document["OsVersion"] = config.os_version;
    }
    document["Size"] = image.size;
    document["GraphDriver"] = object{{"Data", nullptr}, {"Name", store.driver().name()}};
    document["RootFS"] = root_file_system(image.layers);
    document["Metadata"] = object{{"LastTagTime", format_rfc3339(kZeroTime)}};
    return json::print(document);
}

} // namespace strata::engine
