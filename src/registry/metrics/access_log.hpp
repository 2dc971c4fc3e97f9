// SPDX-License-Identifier: Apache-2.0
//
// A line for each request, written by a thread of its own.
#pragma once

#include "http/server.hpp"
#include "registry/config/config.hpp"
#include "sys/fd.hpp"

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace strata::registry {

/// Lines go into a buffer in memory, and from there several times a second to `file` in one write.
/// If nobody reads the file (a pipe that is full), lines beyond 8 MiB are dropped and counted: a
/// log must not stop a registry. Safe to use from any thread.
class AccessLog {
public:
    using Format = LogConfig::Format;

    AccessLog(sys::Fd file, Format format, const std::map<std::string, std::string>& fields);
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    /// Writes what is left.
    ~AccessLog();

    /// Text: Apache's combined format. JSON: Distribution's names, http.request.method and so on.
    void request_ended(const http::Request& request, const http::Outcome& outcome,
                       std::string_view user);

private:
    void add(std::string_view line);
    void run();
    std::string take();

    static constexpr std::size_t kShards = 4;
    struct alignas(64) Shard {
        std::mutex mutex;
        std::string lines;
        std::uint64_t dropped = 0;
    };

    sys::Fd file_;
    Format format_;
    std::string fields_; // of the configuration, as JSON members or as text
    std::array<Shard, kShards> shards_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace strata::registry
