// SPDX-License-Identifier: Apache-2.0
#include "sys/thread.hpp"

#include "base/error.hpp"

#include <memory>
#include <pthread.h>
#include <utility>

namespace strata::sys {
namespace {

struct Start {
    std::string name;
    std::function<void()> body;
};

void* run(void* argument) noexcept
{
    const std::unique_ptr<Start> start{static_cast<Start*>(argument)};
    ::pthread_setname_np(::pthread_self(), start->name.c_str());
    start->body();
    return nullptr;
}

} // namespace

void start_thread(std::string name, std::size_t stack_bytes, std::function<void()> body)
{
    name.resize(std::min<std::size_t>(name.size(), 15));
    auto start = std::make_unique<Start>(Start{std::move(name), std::move(body)});
    ::pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setstacksize(&attributes, stack_bytes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    ::pthread_t thread{};
    const int failed = ::pthread_create(&thread, &attributes, &run, start.get());
    ::pthread_attr_destroy(&attributes);
    if (failed != 0) {
        throw Error{Errc::exhausted, "the system starts no further thread"};
    }
    static_cast<void>(start.release()); // the thread's now
}

} // namespace strata::sys
