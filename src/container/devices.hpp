// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "container/config.hpp"
#include "container/spec.hpp"

#include <string_view>
#include <vector>

namespace strata::container {

/// One `--device`: `/dev/x[:/dev/y][:rwm]`. Throws Errc::invalid_argument in Docker's words.
DeviceMapping parse_device(std::string_view text);

/// The nodes for a mapping: the device, or every device in the folder. Throws Errc::not_found, and
/// Errc::invalid_argument for what is neither.
std::vector<DeviceNode> device_nodes(const DeviceMapping& mapping);

/// All of the host's, but for what every container has of its own (pts, shm, mqueue, console).
std::vector<DeviceNode> host_devices();

} // namespace strata::container
