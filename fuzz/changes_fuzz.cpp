// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "engine/changes.hpp"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    oci::ImageConfig config;
    config.config.env = {"PATH=/bin", "EMPTY="};
    try {
        engine::apply_changes(config, {std::string{reinterpret_cast<const char*>(data), size}});
    } catch (const Error& error) {
        if (error.code() == Errc::internal) {
            std::abort();
        }
        return 0;
    }
    // What instructions make can be said in a config, and means the same when it is read again.
    const std::string printed = config.print();
    if (oci::ImageConfig::parse(printed).print() != printed) {
        std::abort();
    }
    return 0;
}
