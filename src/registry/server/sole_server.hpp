// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sys/lock.hpp"

#include <filesystem>
#include <string_view>

namespace strata::registry {

/// The right to serve a data directory, which one process has at a time. Two servers would clear
/// away each other's uploads and deliver each other's events. Commands that look or repair need no
/// such right: they and the server exclude each other where it matters, row by row.
///
/// A lock on `<root>/strata/server`, which goes with the process, however that ends. What is in the
/// file is for whoever is refused.
class SoleServer {
public:
    /// Makes the directory if need be. Throws Errc::conflict, naming it and who serves it.
    explicit SoleServer(const std::filesystem::path& root);

    /// Where it listens.
    void note_address(std::string_view address);

private:
    sys::FileLock lock_;
};

} // namespace strata::registry
