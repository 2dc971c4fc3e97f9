// SPDX-License-Identifier: Apache-2.0
//
// A little room set aside, so that a disk that is full can be emptied again: SQLite needs some
// blocks to note that something goes, and even to open its file.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <utility>

namespace strata::registry {

class Reserve {
public:
    explicit Reserve(std::filesystem::path file) : file_{std::move(file)} {}

    /// Takes the room, if there is plenty. One stat when it is taken. What goes wrong does not
    /// matter.
    void restore() const noexcept;

    /// Runs `body`, and once more with the reserve given up if the disk was full.
    template <typename Body>
    decltype(auto) with(Body&& body) const
    {
        try {
            return std::forward<Body>(body)();
        } catch (const Error& error) {
            if (error.code() != Errc::exhausted) {
                throw;
            }
        }
        give_up(); // or somebody else just has
        return std::forward<Body>(body)();
    }

private:
    void give_up() const;

    std::filesystem::path file_;
};

} // namespace strata::registry
