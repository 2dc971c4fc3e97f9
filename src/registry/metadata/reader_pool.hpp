// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db/database.hpp"

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace strata::registry {

/// Connections for reading, made when they are first needed and then kept. A query takes
/// microseconds, so a few serve any number of threads, and memory stays bounded.
class ReaderPool {
public:
    explicit ReaderPool(std::filesystem::path file) : file_{std::move(file)} {}

    /// A connection that is the caller's until this goes away.
    class Reader {
    public:
        explicit Reader(ReaderPool& pool) : pool_{pool}, database_{pool.take()} {}
        Reader(const Reader&) = delete;
        Reader& operator=(const Reader&) = delete;
        ~Reader() { pool_.give_back(std::move(database_)); }

        db::Database& operator*() const noexcept { return *database_; }
        db::Database* operator->() const noexcept { return database_.get(); }

    private:
        ReaderPool& pool_;
        std::unique_ptr<db::Database> database_;
    };

private:
    std::unique_ptr<db::Database> take();
    void give_back(std::unique_ptr<db::Database> database) noexcept;
    std::unique_ptr<db::Database> open() const;

    const std::filesystem::path file_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<db::Database>> idle_; // the last one used is the next: its pages
    std::size_t made_ = 0;                            // are still in its cache
};

} // namespace strata::registry
