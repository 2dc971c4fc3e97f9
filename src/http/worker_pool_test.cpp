// SPDX-License-Identifier: Apache-2.0
#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <semaphore>

namespace strata::http {
namespace {

using Kind = WorkerPool::Kind;

TEST(WorkerPool, does_everything_that_it_took)
{
    std::atomic<int> done = 0;
    {
        WorkerPool pool{{.threads = 3, .queue = 1000}};
        for (int i = 0; i < 500; ++i) {
            EXPECT_TRUE(
                pool.submit(i % 2 == 0 ? Kind::brief : Kind::long_lasting, [&] { ++done; }));
        }
    }
    EXPECT_EQ(done, 500);
}

TEST(WorkerPool, refuses_what_is_too_much)
{
    std::latch end{1};
    std::counting_semaphore<> begun{0};
    WorkerPool pool{{.threads = 2, .queue = 3}};
    const auto block = [&] {
        begun.release();
        end.wait();
    };
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(pool.submit(Kind::brief, block));
        begun.acquire();
    }

    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(pool.submit(Kind::brief, block));
    }
    EXPECT_FALSE(pool.submit(Kind::brief, block));

    EXPECT_EQ(pool.queued(), 3U);
    end.count_down();
}

TEST(WorkerPool, what_lasts_long_never_takes_the_last_threads)
{
    std::latch end{1};
    std::counting_semaphore<> begun{0};
    WorkerPool pool{{.threads = 4, .queue = 100}};
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(pool.submit(Kind::long_lasting, [&] {
            begun.release();
            end.wait();
        }));
    }
    for (int i = 0; i < 3; ++i) {
        begun.acquire();
    }

    std::latch brief{20};
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(pool.submit(Kind::brief, [&] { brief.count_down(); }));
    }

    brief.wait(); // although seven long ones were there before them
    EXPECT_FALSE(begun.try_acquire());
    end.count_down();
    for (int i = 0; i < 7; ++i) {
        begun.acquire();
    }
}

} // namespace
} // namespace strata::http
