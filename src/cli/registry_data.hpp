// SPDX-License-Identifier: Apache-2.0
//
// What the commands about a registry's data have in common. They work beside a server that runs,
// and without one.
#pragma once

#include "registry/config/config.hpp"
#include "registry/metadata/metadata.hpp"
#include "registry/storage/blob_files.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace strata::cli {

class ArgParser;

struct RegistryData {
    registry::Config config;
    std::unique_ptr<registry::Metadata> metadata;
    std::unique_ptr<registry::BlobFiles> files;
};

/// --config
void declare_registry_config(ArgParser& args, std::string& config);

/// The registry of that configuration file; empty: the one that `strata registry serve` would
/// serve. Takes in what Distribution has left there if nobody has yet.
RegistryData open_registry(const std::string& config);
/// With manifests that have lost their last tag treated so, whatever the file says.
RegistryData open_registry(registry::Config config);
registry::Config registry_config(const std::string& config);

/// "3 blobs", "1 blob".
std::string counted(std::uint64_t count, std::string_view what);

} // namespace strata::cli
