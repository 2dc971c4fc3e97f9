// SPDX-License-Identifier: Apache-2.0
//
// Processes that die in the middle, many processes at once, and a disk that is full.
#include "erofs/reader.hpp"
#include "store/layer_files.hpp"
#include "store/testing/test_store.hpp"
#include "sys/mount.hpp"
#include "testing/private_mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <random>
#include <thread>

namespace strata::store {
namespace {

using namespace testing;
using ::testing::IsEmpty;

const BuiltLayer& layer(unsigned n)
{
    static const std::vector<BuiltLayer> layers = [] {
        std::vector<BuiltLayer> made;
        for (int i = 0; i < 6; ++i) {
            made.push_back(
                TinyLayer{}
                    .dir("d")
                    .file(fmt::format("d/{}", i), std::string(20'000, static_cast<char>('a' + i)))
                    .build());
        }
        return made;
    }();
    return layers[n % layers.size()];
}

/// Every change that a store knows, over a handful of layers and names that all processes share.
class Actor {
public:
    Actor(Store& store, unsigned seed) : store_{store}, random_{seed} {}

    void act()
    {
        switch (below(8)) {
        case 0:
        case 1:
        case 2:
            import();
            break;
        case 3:
            tag();
            break;
        case 4:
            run();
            break;
        case 5:
        case 6:
            remove();
            break;
        default:
            store_.collect();
        }
    }

    void import()
    {
        std::vector<BuiltLayer> layers{layer(below(6))};
        if (below(2) == 0) {
            layers.push_back(layer(below(6)));
        }
        add_image(store_, layers, name());
    }
    void tag()
    {
        if (const auto image = store_.images().find(oci::Reference::parse(name()))) {
            gone_is_fine([&] { store_.images().tag(image->id, oci::Reference::parse(name())); });
        }
    }
    void run()
    {
        if (const auto image = store_.images().find(oci::Reference::parse(name()))) {
            const std::string holder = fmt::format("container:{}", ::getpid());
            gone_is_fine([&] {
                hold(store_, image->id, holder);
                store_.layers().open_stack(image->layers);
                store_.images().config(image->id);
            });
            release(store_, holder);
        }
    }
    void remove()
    {
        if (const auto image = store_.images().find(oci::Reference::parse(name()))) {
            forget(store_, image->id);
            store_.collect();
        }
    }

private:
    unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
    std::string name() { return fmt::format("shared:{}", below(4)); }

    /// Somebody else may remove an image between our look and our deed.
    template <typename Body>
    void gone_is_fine(Body body)
    {
        try {
            body();
        } catch (const Error& error) {
            if (error.code() != Errc::not_found) {
                throw;
            }
        }
    }

    Store& store_;
    std::mt19937 random_;
};

class AccidentTest : public ::testing::Test {
protected:
    AccidentTest()
    {
        Store store{options};
        keep = add_image(store, {layer(0)}, "keep:me", {.labels = {{"mine", "yes"}}});
    }

    /// Runs `body` in a child; what it throws is printed and makes the exit status 1.
    pid_t start(const std::function<void()>& body)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                body();
                ::_exit(0);
            } catch (const std::exception& error) {
                fmt::print(stderr, "child: {}\n", error.what());
                ::_exit(1);
            }
        }
        return child;
    }
    static int wait_for(pid_t child)
    {
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }

    /// Sound as it stands; and once collected, nothing takes room that no image needs.
    void expect_sound()
    {
        Store store{options};
        EXPECT_THAT(problems(store), IsEmpty());
        store.collect();
        EXPECT_THAT(names_in(store.layout().tmp()), IsEmpty());
        EXPECT_THAT(problems(store), IsEmpty());
        for (const char* unneeded :
             {"SELECT count(*) FROM layer WHERE number NOT IN (SELECT layer FROM image_layer)",
              "SELECT count(*) FROM blob WHERE number NOT IN (SELECT blob FROM image_blob)",
              "SELECT count(*) FROM stack WHERE chain NOT IN (SELECT chain FROM image)",
              "SELECT count(*) FROM garbage", "SELECT count(*) FROM lease_object"}) {
            EXPECT_EQ(store.database().query_one<int>(unneeded), 0) << unneeded;
        }
        EXPECT_EQ(store.images().get_as_written("keep:me").id, keep);
        EXPECT_EQ(io::read_all(*store.layers().open_tar(layer(0).diff_id()), 1 << 20),
                  layer(0).bytes());
    }

private:
    TempDir dir_;

protected:
    StoreOptions options = options_for(dir_.path());
    oci::ImageId keep{oci::Digest::of("")};
};

// Deterministic: one life goes through every kind of step, and dies before each of them in turn.
TEST_F(AccidentTest, dying_before_any_step_loses_nothing_and_leaves_nothing)
{
    const auto live = [&](const StepHook& hook) {
        StoreOptions own = options;
        own.before_step = hook;
        Store store{own};
        const auto one = add_image(store, {layer(1), layer(2)}, "one");
        const auto two = add_image(store, {layer(2), layer(3)}, "two");
        store.layers().ensure_stack(std::vector{layer(1).diff_id(), layer(2).diff_id()});
        hold(store, two, "container:x");
        forget(store, one);
        forget(store, two);
        store.collect();
        release(store, "container:x");
        store.collect();
    };
    bool finished = false;
    int steps = 0;
    for (; !finished; ++steps) {
        const pid_t child = start([&] {
            int left = steps;
            live([&](std::string_view) {
                if (left-- == 0) {
                    ::raise(SIGKILL);
                }
            });
        });
        const int status = wait_for(child);
        ASSERT_TRUE(WIFSIGNALED(status) || status == 0);
        finished = !WIFSIGNALED(status);
        {
            Store store{options};
            EXPECT_THAT(problems(store), IsEmpty()) << "killed before step " << steps;
            db::Transaction transaction{store.database()};
            store.images().release_image(transaction, "container:x");
            for (const char* name : {"one", "two"}) {
                if (const auto image = store.images().find_as_written(name)) {
                    store.images().forget(transaction, image->id);
                }
            }
            transaction.commit();
        }
        expect_sound();
        ASSERT_FALSE(HasFailure()) << "killed before step " << steps;
    }
    EXPECT_GT(steps, 50) << "the steps are no longer announced";
}

// And at moments that no step announces, such as inside a commit.
TEST_F(AccidentTest, killed_at_two_hundred_random_moments)
{
    std::mt19937 random{20240229};
    for (int kill = 0; kill < 200; ++kill) {
        const unsigned seed = static_cast<unsigned>(random());
        const pid_t child = start([&] {
            Store store{options};
            for (Actor actor{store, seed};;) {
                actor.act();
            }
        });
        std::this_thread::sleep_for(std::chrono::microseconds{random() % 40'000});
        ::kill(child, SIGKILL);
        const int status = wait_for(child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
        if (kill % 10 == 9) {
            expect_sound();
            ASSERT_FALSE(HasFailure()) << "after kill " << kill;
        }
    }
}

TEST_F(AccidentTest, sixteen_processes_share_a_root)
{
    constexpr int kProcesses = 16;
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
        children.push_back(start([&, i] {
            Store store{options};
            Actor actor{store, static_cast<unsigned>(i)};
            const std::string own = fmt::format("own:{}", i);
            for (int round = 0; round < 12; ++round) {
                actor.act();
                const auto id =
                    add_image(store, {layer(static_cast<unsigned>(round))}, own,
                              {.labels = {{"round", std::to_string(round)}, {"own", own}}});
                actor.act();
                if (store.images().get_as_written(own).id != id) {
                    throw Error{Errc::internal, "a name was lost: " + own};
                }
            }
        }));
    }
    for (const pid_t child : children) {
        EXPECT_EQ(wait_for(child), 0);
    }
    expect_sound();
    Store store{options};
    for (int i = 0; i < kProcesses; ++i) {
        EXPECT_TRUE(store.images().find_as_written(fmt::format("own:{}", i)));
    }
}

class FullDiskTest : public ::testing::Test {
protected:
    /// Writes until no more than `leave` bytes are free.
    void fill(std::uint64_t leave) const
    {
        const sys::Fd file = sys::open_file(disk / "ballast", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        const std::string block(4096, 'x');
        while (sys::free_bytes(disk.path()) > leave) {
            sys::write_all(file, block);
        }
    }
    void empty() const { sys::remove_file(disk / "ballast"); }

    const TempDir disk;

private:
    static sys::Mount mount_on(const TempDir& folder)
    {
        strata::testing::enter_private_mounts();
        return sys::DetachedMount::tmpfs("size=4m").attach(folder.path());
    }
    const sys::Mount small_ = mount_on(disk);

protected:
    StoreOptions options = options_for(disk.path());
};

TEST_F(FullDiskTest, an_import_that_finds_no_room_says_so_and_changes_nothing)
{
    const BuiltLayer big = TinyLayer{}.file("big", std::string(1 << 20, 'x')).build();
    Store store{options};
    const auto kept = add_image(store, {layer(0)}, "keep:me");
    bool failed = false;
    bool succeeded = false;
    for (std::uint64_t room = 0; room < (2u << 20); room += 37ULL * 4096) {
        fill(room);
        try {
            add_image(store, {big}, "big");
            succeeded = true;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::exhausted) << error.what();
            failed = true;
        }
        empty();
        EXPECT_THAT(problems(store), IsEmpty()) << "with " << room << " bytes of room";
        if (const auto image = store.images().find_as_written("big")) {
            forget(store, image->id);
        }
        store.collect();
        EXPECT_THAT(names_in(store.layout().tmp()), IsEmpty());
        EXPECT_EQ(store.images().get_as_written("keep:me").id, kept);
        EXPECT_EQ(names_in(store.layout().layers()).size(), 1u);
        EXPECT_EQ(names_in(store.layout().blobs()).size(), 1u);
    }
    EXPECT_TRUE(failed);
    EXPECT_TRUE(succeeded);
}

TEST_F(FullDiskTest, an_image_can_be_removed_from_a_disk_that_is_full)
{
    {
        Store store{options};
        add_image(store, {TinyLayer{}.file("big", std::string(1 << 20, 'x')).build()}, "big");
        store.collect();
    }
    fill(0);

    Store store{options};
    EXPECT_THAT(problems(store), IsEmpty()) << "looking needs no room";
    store.with_reserve([&] { forget(store, store.images().get_as_written("big").id); });
    const Collected collected = store.collect();

    EXPECT_EQ(collected.layers, 1u);
    EXPECT_GT(sys::free_bytes(disk.path()), 1u << 20);
    empty();
    EXPECT_THAT(problems(store), IsEmpty());
}

} // namespace
} // namespace strata::store
