// SPDX-License-Identifier: Apache-2.0
#include "cli/registry_data.hpp"

#include "cli/args.hpp"
#include "registry/migrate/take_in.hpp"

#include <fmt/format.h>

#include <optional>

namespace strata::cli {

void declare_registry_config(ArgParser& args, std::string& config)
{
    args.option("--config", config, "The registry's config.yml (REGISTRY_CONFIGURATION_PATH)")
        .complete(Complete::files);
}

registry::Config registry_config(const std::string& config)
{
    return registry::load_config(config.empty() ? std::nullopt : std::optional{config});
}

RegistryData open_registry(registry::Config config)
{
    const registry::MetadataOptions options{
        .grace = std::chrono::duration_cast<std::chrono::seconds>(config.collection.grace),
        .untagged = config.collection.delete_untagged ? registry::Untagged::collect
                                                      : registry::Untagged::keep};
    RegistryData data{.config = std::move(config), .metadata = nullptr, .files = nullptr};
    data.metadata = registry::open_sqlite_metadata(data.config.storage.root, options);
    data.files = registry::open_blob_files(data.config.storage.root);
    if (!registry::is_taken_in(*data.metadata)) {
        registry::take_in(*data.metadata, data.config.storage.root);
    }
    return data;
}

RegistryData open_registry(const std::string& config)
{
    return open_registry(registry_config(config));
}

std::string counted(std::uint64_t count, std::string_view what)
{
    const bool ends_in_y = what.ends_with('y');
    if (count == 1) {
        return fmt::format("1 {}", what);
    }
    return ends_in_y ? fmt::format("{} {}ies", count, what.substr(0, what.size() - 1))
                     : fmt::format("{} {}s", count, what);
}

} // namespace strata::cli
