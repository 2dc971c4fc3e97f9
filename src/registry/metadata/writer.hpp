// SPDX-License-Identifier: Apache-2.0
//
// All writes of a process, on one connection. Threads that write at the same moment share a
// transaction and so a sync of the disk: the first becomes the leader and commits for all who came
// while the one before was being synced ("group commit"). Nobody ever waits for company.
#pragma once

#include "db/database.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace strata::registry {

class Writer {
public:
    explicit Writer(const std::filesystem::path& file);

    /// Runs `body(db::Database&)` in a transaction that is committed when this returns. What it
    /// throws undoes what it did and nothing else. It may run twice, so it changes nothing outside
    /// the database but its own result.
    template <typename Body>
    auto run(db::Durability durability, Body&& body)
    {
        using Result = std::invoke_result_t<Body&, db::Database&>;
        if constexpr (std::is_void_v<Result>) {
            Job job{.body = std::ref(body), .durability = durability};
            submit(job);
        } else {
            std::optional<Result> result;
            const auto keep = [&](db::Database& database) { result.emplace(body(database)); };
            Job job{.body = std::cref(keep), .durability = durability};
            submit(job);
            return *std::move(result);
        }
    }

    /// Whether others have changed anything: another number then.
    std::uint64_t foreign_changes();

private:
    struct Job {
        std::function<void(db::Database&)> body;
        db::Durability durability;
        std::exception_ptr error{};
        bool done = false;
    };
    using Batch = std::vector<Job*>;

    void submit(Job& job);
    void lead(Batch& batch) noexcept;
    void run_together(const Batch& batch);
    void run_alone(Job& job) noexcept;
    void note_foreign_changes();

    db::Database database_;
    std::atomic<std::uint64_t> foreign_changes_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    Batch waiting_;
    bool busy_ = false; // somebody uses the connection
};

} // namespace strata::registry
