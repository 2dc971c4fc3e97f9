// SPDX-License-Identifier: Apache-2.0
#include "http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <semaphore>
#include <thread>

namespace strata::http {
namespace {

using Kind = WorkerPool::Kind;

TEST(WorkerPool, does_everything_that_it_took)
{
    std::atomic<int> done = 0;
    {
        WorkerPool pool{{.places = 3, .queue = 1000}};
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
    WorkerPool pool{{.places = 2, .queue = 3}};
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
    WorkerPool pool{{.places = 4, .queue = 100}};
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

TEST(WorkerPool, whoever_waits_aside_holds_nobody_up)
{
    std::latch end{1};
    std::counting_semaphore<> waiting{0};
    std::latch done{100};
    WorkerPool pool{{.places = 2, .queue = 200}};
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(pool.submit(Kind::long_lasting, [&] {
            pool.aside([&] {
                waiting.release();
                end.wait();
            });
            done.count_down();
        }));
    }
    for (int i = 0; i < 100; ++i) {
        waiting.acquire(); // all of them at once, although there is one place for their like
    }

    std::latch another{1};
    EXPECT_TRUE(pool.submit(Kind::long_lasting, [&] { another.count_down(); }));

    another.wait();
    end.count_down();
    done.wait();
}

TEST(WorkerPool, who_comes_back_works_only_when_there_is_a_place_again)
{
    std::atomic<int> at_work = 0;
    std::atomic<int> most = 0;
    {
        WorkerPool pool{{.places = 4, .queue = 1000}}; // three for those that last long
        for (int i = 0; i < 200; ++i) {
            EXPECT_TRUE(pool.submit(Kind::long_lasting, [&] {
                for (int turn = 0; turn < 20; ++turn) {
                    const int now = ++at_work;
                    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
                    }
                    std::this_thread::yield();
                    --at_work;
                    pool.aside([] { std::this_thread::yield(); });
                }
            }));
        }
    }
    EXPECT_LE(most, 3);
}

TEST(WorkerPool, no_more_wait_aside_than_may)
{
    std::latch end{1};
    std::counting_semaphore<> waiting{0};
    WorkerPool pool{{.places = 4, .aside = 2, .queue = 100}};
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(pool.submit(Kind::long_lasting, [&] {
            pool.aside([&] {
                waiting.release();
                end.wait();
            });
        }));
    }
    for (int i = 0; i < 5; ++i) {
        waiting.acquire(); // two aside, and three who keep the places
    }

    std::latch brief{1};
    EXPECT_TRUE(pool.submit(Kind::brief, [&] { brief.count_down(); }));

    brief.wait();
    EXPECT_FALSE(waiting.try_acquire());
    end.count_down();
}

} // namespace
} // namespace strata::http
