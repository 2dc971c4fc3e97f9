// SPDX-License-Identifier: Apache-2.0
#include "registry/server/housekeeper.hpp"

#include <algorithm>

namespace strata::registry {

using Clock = std::chrono::steady_clock;

Housekeeper::Housekeeper(std::vector<Chore> chores,
                         std::function<void(const std::exception&)> failed)
    : chores_{std::move(chores)}
    , failed_{std::move(failed)}
    , thread_{[this](const std::stop_token& stop) { run(stop); }}
{
}

void Housekeeper::run(const std::stop_token& stop)
{
    if (chores_.empty()) {
        return;
    }
    std::vector<Clock::time_point> due;
    for (const Chore& chore : chores_) {
        due.push_back(Clock::now() + (chore.at_once ? Clock::duration{} : chore.interval));
    }
    while (true) {
        const auto next = std::ranges::min_element(due);
        {
            std::unique_lock lock{mutex_};
            woken_.wait_until(lock, stop, *next, [] { return false; });
        }
        if (stop.stop_requested()) {
            return;
        }
        const Chore& chore = chores_[static_cast<std::size_t>(next - due.begin())];
        try {
            chore.body(stop);
        } catch (const std::exception& error) {
            failed_(error);
        }
        *next = Clock::now() + chore.interval;
    }
}

} // namespace strata::registry
