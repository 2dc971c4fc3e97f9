// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace strata::sys {

/// An open file descriptor and the duty to close it.
///
/// Move-only. `const Fd&` borrows, `Fd` by value takes. Every descriptor made in this project is
/// close-on-exec from birth; a child gets what it should have by being handed it explicitly.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int number) noexcept : number_{number} {}
    Fd(Fd&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Fd& operator=(Fd&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Fd() { reset(); }

    explicit operator bool() const noexcept { return number_ >= 0; }
    int get() const noexcept { return number_; }

    /// Gives the number away; the caller closes it.
    int release() noexcept { return std::exchange(number_, -1); }

    /// Closes now. What close(2) reports is of no use to anybody who has synced what matters.
    void reset() noexcept;

    /// A second descriptor of the same open file, close-on-exec.
    Fd duplicate() const;

private:
    int number_ = -1;
};

} // namespace strata::sys
