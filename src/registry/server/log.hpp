// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "registry/config/config.hpp"
#include "sys/fd.hpp"

#include <condition_variable>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace strata::registry {

/// The registry's log: a line an event, with Distribution's names for its fields, as text
/// (`key=value`), JSON, or Logstash's JSON.
///
/// Written by a thread of its own, so that no request waits for a pipe that nobody reads: what
/// cannot be written for long is dropped and counted. Safe to use from any thread. Requests have a
/// log of their own (metrics/access_log.hpp).
class Log {
public:
    using Level = LogConfig::Level;
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    Log(const LogConfig& config, sys::Fd out);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log(); // writes what is left

    void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
    void error(std::string_view message) { write(Level::error, message); }
    void warn(std::string_view message) { write(Level::warn, message); }
    void info(std::string_view message) { write(Level::info, message); }

private:
    void run();
    void add(const std::string& line);

    LogConfig config_;
    sys::Fd out_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::string pending_;
    std::size_t dropped_ = 0;
    bool stopping_ = false;
    std::thread writer_;
};

} // namespace strata::registry
