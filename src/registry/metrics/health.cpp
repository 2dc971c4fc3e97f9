// SPDX-License-Identifier: Apache-2.0
#include "registry/metrics/health.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata::registry {

using Clock = std::chrono::steady_clock;

Health::Health(const HealthConfig& config, const HealthProbes& probes)
{
    if (config.storage) {
        checks_.push_back({.config = *config.storage,
                           .name = "storagedriver_filesystem",
                           .probe = [probe = probes.storage](const auto&) { probe(); }});
    }
    const auto add = [&](const std::vector<HealthConfig::Check>& checks, const auto& probe) {
        for (const HealthConfig::Check& check : checks) {
            checks_.push_back({.config = check, .name = check.target, .probe = probe});
        }
    };
    add(config.files, probes.file);
    add(config.urls, probes.url);
    add(config.addresses, probes.address);
    if (!checks_.empty()) {
        thread_ = std::thread{[this] { run(); }};
    }
}

Health::~Health()
{
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

std::map<std::string, std::string> Health::failures()
{
    const std::scoped_lock lock{mutex_};
    std::map<std::string, std::string> result;
    for (const Check& check : checks_) {
        if (check.failed >= check.config.threshold) {
            result.emplace(check.name, check.error);
        }
    }
    if (down_) {
        result.emplace("manual_http_status", "manual check");
    }
    return result;
}

void Health::set_down(bool down)
{
    {
        const std::scoped_lock lock{mutex_};
        down_ = down;
    }
    sum_up();
}

void Health::sum_up()
{
    good_.store(failures().empty(), std::memory_order_relaxed);
}

void Health::make(Check& check)
{
    std::string error;
    try {
        check.probe(check.config);
    } catch (const Error& failure) {
        error = failure.what();
    }
    const std::scoped_lock lock{mutex_};
    check.failed = error.empty() ? 0 : check.failed + 1;
    check.error = std::move(error);
    check.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(check.config.interval);
}

void Health::check_all()
{
    const std::scoped_lock turn{checking_};
    for (Check& check : checks_) {
        make(check);
    }
    sum_up();
}

void Health::run()
{
    for (;;) {
        Clock::time_point next = Clock::time_point::max();
        {
            const std::scoped_lock turn{checking_};
            for (Check& check : checks_) {
                if (check.due <= Clock::now()) {
                    make(check);
                }
                next = std::min(next, check.due);
            }
        }
        sum_up();
        std::unique_lock lock{mutex_};
        if (changed_.wait_until(lock, next, [&] { return stopping_; })) {
            return;
        }
    }
}

} // namespace strata::registry
