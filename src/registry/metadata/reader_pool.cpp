// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata/reader_pool.hpp"

namespace strata::registry {
namespace {

constexpr std::size_t kMaxReaders = 8;

} // namespace

std::unique_ptr<db::Database> ReaderPool::take()
{
    std::unique_lock lock{mutex_};
    returned_.wait(lock, [&] { return !idle_.empty() || made_ < kMaxReaders; });
    if (!idle_.empty()) {
        auto database = std::move(idle_.back());
        idle_.pop_back();
        return database;
    }
    idle_.reserve(++made_);
    lock.unlock();
    try {
        return open();
    } catch (...) {
        lock.lock();
        --made_;
        returned_.notify_one();
        throw;
    }
}

void ReaderPool::give_back(std::unique_ptr<db::Database> database) noexcept
{
    const std::scoped_lock lock{mutex_};
    idle_.push_back(std::move(database)); // take() reserved the room
    returned_.notify_one();
}

std::unique_ptr<db::Database> ReaderPool::open() const
{
    auto database = std::make_unique<db::Database>(file_);
    database->execute("PRAGMA query_only = 1");
    database->execute("PRAGMA cache_size = -768"); // KiB
    return database;
}

} // namespace strata::registry
