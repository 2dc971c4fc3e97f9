// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata/writer.hpp"

#include "db/transaction.hpp"

#include <algorithm>

namespace strata::registry {

Writer::Writer(const std::filesystem::path& file) : database_{file}
{
    database_.execute("PRAGMA cache_size = -2048"); // KiB
    note_foreign_changes();
}

void Writer::submit(Job& job)
{
    std::unique_lock lock{mutex_};
    waiting_.push_back(&job);
    changed_.wait(lock, [&] { return job.done || !busy_; });
    if (!job.done) {
        busy_ = true;
        Batch batch = std::exchange(waiting_, {});
        lock.unlock();
        lead(batch);
        lock.lock();
        busy_ = false;
        for (Job* const led : batch) {
            led->done = true;
        }
        changed_.notify_all();
    }
    lock.unlock();
    if (job.error != nullptr) {
        std::rethrow_exception(job.error);
    }
}

/// Leaves every job of the batch committed, or with its error.
void Writer::lead(Batch& batch) noexcept
{
    if (batch.size() > 1) {
        try {
            run_together(batch);
            return;
        } catch (...) {
            // The transaction as a whole failed: the disk is full, or the lock was not to be had.
            // One of them alone may still fit, and each gets the error that is its own.
        }
    }
    for (Job* const job : batch) {
        run_alone(*job);
    }
}

void Writer::run_together(const Batch& batch)
{
    const bool full = std::any_of(batch.begin(), batch.end(), [](const Job* job) {
        return job->durability == db::Durability::full;
    });
    db::Transaction transaction{database_, full ? db::Durability::full : db::Durability::normal};
    note_foreign_changes();
    for (Job* const job : batch) {
        job->error = nullptr;
        database_.execute("SAVEPOINT job");
        try {
            job->body(database_);
        } catch (...) {
            job->error = std::current_exception();
            database_.execute("ROLLBACK TO job"); // fails if SQLite has undone everything: as well
        }
        database_.execute("RELEASE job");
    }
    transaction.commit();
}

void Writer::run_alone(Job& job) noexcept
{
    job.error = nullptr;
    try {
        db::Transaction transaction{database_, job.durability};
        note_foreign_changes();
        job.body(database_);
        transaction.commit();
    } catch (...) {
        job.error = std::current_exception();
    }
}

std::uint64_t Writer::foreign_changes()
{
    // While somebody writes, the answer is the one from the beginning of that transaction: nobody
    // else can have committed since, for the write lock is ours.
    std::unique_lock lock{mutex_, std::try_to_lock};
    if (lock.owns_lock() && !busy_) {
        note_foreign_changes();
    }
    return foreign_changes_;
}

/// The number changes when another connection has committed, and no other of this process ever
/// does.
void Writer::note_foreign_changes()
{
    foreign_changes_ = database_.query_one<std::uint64_t>("PRAGMA data_version");
}

} // namespace strata::registry
