// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace strata::registry {

/// A thread that does small things again and again, each in its own rhythm.
class Housekeeper {
public:
    struct Chore {
        std::chrono::milliseconds interval;
        /// What it throws is given to `failed`, and it is tried again when its time comes.
        std::function<void(const std::stop_token&)> body;
        bool at_once = false; // the first time
    };

    Housekeeper(std::vector<Chore> chores, std::function<void(const std::exception&)> failed);
    Housekeeper(const Housekeeper&) = delete;
    Housekeeper& operator=(const Housekeeper&) = delete;
    ~Housekeeper() = default; // asks a chore at hand to stop, and waits for it

private:
    void run(const std::stop_token& stop);

    std::vector<Chore> chores_;
    std::function<void(const std::exception&)> failed_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread thread_; // last: it uses the others
};

} // namespace strata::registry
