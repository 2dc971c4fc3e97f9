// SPDX-License-Identifier: Apache-2.0
//
// Whether this registry should be asked anything: checks that are made again and again.
#pragma once

#include "registry/config/config.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace strata::registry {

/// How checks are made; each throws what is wrong.
struct HealthProbes {
    std::function<void()> storage;
    std::function<void(const HealthConfig::Check&)> file;    // throws if it exists
    std::function<void(const HealthConfig::Check&)> url;     // HEAD
    std::function<void(const HealthConfig::Check&)> address; // connects
};
/// The real ones. The storage is healthy if its root can be read and written.
HealthProbes make_health_probes(const StorageConfig& storage);

/// Safe to use from any thread.
class Health {
public:
    Health(const HealthConfig& config, const HealthProbes& probes);
    Health(const Health&) = delete;
    Health& operator=(const Health&) = delete;
    ~Health();

    /// False: requests are to be refused with 503, as Distribution does. Cheap.
    bool good() const noexcept { return good_.load(std::memory_order_relaxed); }

    /// What is wrong, by check.
    std::map<std::string, std::string> failures();

    /// Out of rotation by hand, and back: POST /debug/health/down and /up.
    void set_down(bool down);

    /// Makes every check now. For tests, and for the start.
    void check_all();

private:
    struct Check {
        HealthConfig::Check config;
        std::string name;
        std::function<void(const HealthConfig::Check&)> probe;
        std::chrono::steady_clock::time_point due{};
        unsigned failed = 0; // in a row
        std::string error{};
    };
    void make(Check& check);
    void run();
    void sum_up();

    std::vector<Check> checks_; // of the thread, except failed and error
    std::mutex checking_;
    std::mutex mutex_; // of what follows, and of failed and error
    std::condition_variable changed_;
    bool stopping_ = false;
    bool down_ = false;
    std::atomic<bool> good_{true};
    std::thread thread_;
};

} // namespace strata::registry
