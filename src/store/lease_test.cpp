// SPDX-License-Identifier: Apache-2.0
#include "store/dead_leases.hpp"
#include "store/lease.hpp"
#include "store/testing/test_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace strata::store {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Object kObject{ObjectKind::layer, oci::Digest::of("x")};

class LeaseTest : public ::testing::Test {
protected:
    LeaseTest() { sys::ensure_folders(layout.tmp(), 0700); }

    /// Runs `body` in a child that is killed right behind it.
    template <typename Body>
    static void in_killed_child(Body body)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            body();
            ::raise(SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    }

private:
    TempDir dir_;

protected:
    Layout layout{dir_.path() / "root", dir_.path() / "run"};
};

TEST_F(LeaseTest, takes_its_folder_with_it)
{
    {
        const Lease lease = Lease::create(layout);
        sys::make_folder(lease.make_folder() / "deep");
        EXPECT_THAT(names_in(layout.tmp()), ElementsAre(lease.id()));
    }
    EXPECT_THAT(names_in(layout.tmp()), IsEmpty());
}

TEST_F(LeaseTest, is_alive_as_long_as_it_exists)
{
    std::string id;
    {
        const Lease lease = Lease::create(layout);
        id = lease.id();
        EXPECT_TRUE(is_alive(layout, id));
        EXPECT_THAT(find_dead_leases(layout), IsEmpty());
    }
    EXPECT_FALSE(is_alive(layout, id));
}

TEST_F(LeaseTest, is_found_dead_when_its_process_was_killed)
{
    in_killed_child([&] {
        const Lease lease = Lease::create(layout);
        lease.intend(kObject);
        ::raise(SIGKILL);
    });

    EXPECT_FALSE(is_alive(layout, names_in(layout.tmp()).at(0)));
    const auto dead = find_dead_leases(layout);

    ASSERT_THAT(dead, SizeIs(1));
    EXPECT_THAT(dead[0].intents, ElementsAre(kObject));
    EXPECT_THAT(find_dead_leases(layout), IsEmpty()) << "somebody is seeing to it already";
}

TEST_F(LeaseTest, litter_without_a_lock_counts_as_dead)
{
    sys::make_folder(layout.tmp() / "half-made");
    sys::open_file(layout.tmp() / "file", O_WRONLY | O_CREAT, 0600);

    EXPECT_THAT(find_dead_leases(layout), SizeIs(2));
}

TEST_F(LeaseTest, leaves_its_folder_behind_while_an_intent_is_open)
{
    {
        const Lease lease = Lease::create(layout);
        lease.intend(kObject);
    }
    EXPECT_THAT(find_dead_leases(layout), SizeIs(1));
}

} // namespace
} // namespace strata::store
