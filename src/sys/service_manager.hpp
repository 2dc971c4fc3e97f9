// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace strata::sys {

/// Tells whoever started this process as a service how it is, as sd_notify(3) has it: lines such as
/// "READY=1". Does nothing if nobody wants to know ($NOTIFY_SOCKET), and never waits.
void tell_service_manager(std::string_view state) noexcept;

} // namespace strata::sys
