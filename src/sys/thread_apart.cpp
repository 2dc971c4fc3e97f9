// SPDX-License-Identifier: Apache-2.0
#include "sys/thread_apart.hpp"

#include "base/error.hpp"

#include <sched.h>

#include <exception>
#include <thread>

namespace strata::sys {

void on_thread_apart(const std::function<void()>& body)
{
    std::exception_ptr failure;
    std::thread{[&] {
        try {
            if (::unshare(CLONE_FS) != 0) {
                throw_errno("set a thread apart");
            }
            body();
        } catch (...) {
            failure = std::current_exception();
        }
    }}.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

} // namespace strata::sys
