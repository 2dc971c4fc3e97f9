// SPDX-License-Identifier: Apache-2.0
//
// A blob on its way from an upstream into the cache, with any number of readers behind it.
#pragma once

#include "io/source.hpp"
#include "oci/digest.hpp"
#include "sys/fd.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace strata::registry {

/// What is known about it, and who waits to know more. One thread writes, others read the same file
/// behind it. The last byte is held back until all of them were verified: nobody ever gets the
/// whole of something that is not what it was called.
class Fill {
public:
    enum class Outcome : std::uint8_t { absent, failed, stored };

    // --- the writer's ----------------------------------------------------------------------------
    /// The upstream has it, and what arrives will be in `file`.
    void begin(sys::Fd file, std::optional<std::uint64_t> length);
    void wrote(std::uint64_t bytes);
    void end(Outcome outcome, std::string why = {});

    // --- the readers' ----------------------------------------------------------------------------
    /// Waits until the upstream has answered. Nothing if it does not have it. Throws
    /// Errc::unavailable if it could not be asked.
    struct Begun {
        std::optional<std::uint64_t> length;
    };
    std::optional<Begun> wait_for_begin();
    /// Waits until it is stored. False if there is none.
    bool wait_for_end();
    /// Reads what has arrived at `offset`, waiting for it; 0 at the end. Throws Errc::unavailable
    /// when there will be no more.
    std::size_t read(std::uint64_t offset, std::span<std::byte> into);

private:
    [[noreturn]] void throw_failed() const;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool begun_ = false;
    std::optional<Outcome> outcome_{};
    std::string why_{};
    sys::Fd file_{};
    std::optional<std::uint64_t> length_{};
    std::uint64_t written_ = 0;
};

/// All of it, from the beginning.
io::SourcePtr read_along(std::shared_ptr<Fill> fill);

} // namespace strata::registry
