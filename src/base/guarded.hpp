// SPDX-License-Identifier: Apache-2.0
//
// Data and the mutex that protects it, as one object: there is no way to reach one without the
// other.
#pragma once

#include <mutex>
#include <utility>

namespace strata {

/// A value that several threads share. Reach it through with(), which holds the lock meanwhile.
template <typename T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_{std::move(value)} {}

    /// Runs `body(T&)` under the lock and returns what it returns. Do not let the reference escape,
    /// and do not call with() of the same object from inside: the mutex does not recurse.
    template <typename Body>
    decltype(auto) with(Body&& body)
    {
        const std::scoped_lock lock{mutex_};
        return std::forward<Body>(body)(value_);
    }

private:
    std::mutex mutex_;
    T value_{};
};

} // namespace strata
