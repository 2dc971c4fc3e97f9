// SPDX-License-Identifier: Apache-2.0
#include "store/layer_driver.hpp"
#include "store/store.hpp"
#include "store/testing/test_store.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace strata::store {
namespace {

using namespace testing;
using strata::testing::FailsWith;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreTest : public ::testing::Test {
protected:
    unsigned mode_of(const Path& path) const { return sys::find_status(path)->st_mode & 07777; }
    void open() { Store{options}; }

private:
    TempDir dir_;

protected:
    StoreOptions options = options_for(dir_.path());
    const Layout& layout = options.layout;
};

TEST_F(StoreTest, makes_a_new_root_that_is_nobody_elses_business)
{
    open();

    EXPECT_EQ(mode_of(layout.root), 0710u);
    EXPECT_EQ(mode_of(layout.tmp()), 0700u);
    EXPECT_EQ(mode_of(layout.layers()), 0700u);
    EXPECT_EQ(mode_of(layout.database()), 0600u);
    EXPECT_THAT(names_in(layout.tmp()), IsEmpty());
}

TEST_F(StoreTest, remembers_what_was_in_it)
{
    const BuiltLayer layer = TinyLayer{}.file("a", "x").build();
    {
        Store store{options};
        add_image(store, {layer}, "web");
    }
    Store store{options};
    EXPECT_TRUE(store.images().find_as_written("web"));
    EXPECT_THAT(problems(store), IsEmpty());
}

TEST_F(StoreTest, refuses_another_driver_and_says_how_to_convert)
{
    Store store{options};
    const std::string has{store.driver().name()};
    options.driver = has == "vfs" ? "overlay" : "vfs";

    EXPECT_THAT([&] { open(); },
                FailsWith(Errc::conflict, AllOf(HasSubstr(has), HasSubstr(*options.driver))));
    try {
        open();
    } catch (const Error& error) {
        EXPECT_THAT(error.hint(),
                    AllOf(HasSubstr("strata save"), HasSubstr("strata system reset")));
    }
    options.driver = has;
    open();
}

TEST_F(StoreTest, refuses_a_driver_that_does_not_exist)
{
    options.driver = "devicemapper";

    EXPECT_THAT([&] { open(); }, FailsWith(Errc::invalid_argument, HasSubstr("devicemapper")));
}

TEST_F(StoreTest, refuses_a_folder_that_holds_other_things)
{
    sys::ensure_folders(layout.root / "Documents");

    EXPECT_THAT([&] { open(); }, FailsWith(Errc::conflict, HasSubstr("not a data root")));
    EXPECT_THAT([&] { reset(layout); }, FailsWith(Errc::conflict));
    EXPECT_THAT(names_in(layout.root), ElementsAre("Documents"));
}

TEST_F(StoreTest, reset_refuses_a_run_root_that_holds_other_things)
{
    open();
    sys::ensure_folders(layout.run_root / "containers");
    sys::ensure_folders(layout.run_root / "udev");

    EXPECT_THAT([&] { reset(layout); }, FailsWith(Errc::conflict, HasSubstr("not a run root")));

    EXPECT_TRUE(sys::find_status(layout.database()));
    EXPECT_TRUE(sys::find_status(layout.run_root / "udev"));
}

TEST_F(StoreTest, refuses_a_root_that_is_a_file)
{
    sys::open_file(layout.root, O_WRONLY | O_CREAT, 0600);

    EXPECT_THAT([&] { open(); }, FailsWith(Errc::conflict, HasSubstr("not a folder")));
}

TEST_F(StoreTest, refuses_a_root_that_belongs_to_somebody_else)
{
    open();
    ASSERT_EQ(::chown(layout.root.c_str(), 12345, 12345), 0) << "needs root";

    EXPECT_THAT([&] { open(); }, FailsWith(Errc::denied, HasSubstr("12345")));
}

TEST_F(StoreTest, completes_a_root_that_was_left_half_made)
{
    sys::ensure_folders(layout.blobs());
    sys::ensure_folders(layout.tmp());

    open();

    EXPECT_TRUE(sys::find_status(layout.driver()));
}

TEST_F(StoreTest, says_so_when_the_database_is_missing)
{
    open();
    sys::remove_file(layout.database());

    EXPECT_THAT([&] { open(); }, FailsWith(Errc::corrupt, HasSubstr("strata.db")));
}

TEST_F(StoreTest, is_made_once_when_many_open_it_at_the_same_time)
{
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                open();
                ::_exit(0);
            } catch (const Error& error) {
                fmt::print(stderr, "{}\n", error.what());
                ::_exit(1);
            }
        }
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
}

TEST_F(StoreTest, reset_leaves_nothing)
{
    {
        Store store{options};
        add_image(store, {TinyLayer{}.file("a", "x").build()}, "web");
    }
    sys::ensure_folders(layout.run_root / "containers" / "x");

    reset(layout);

    EXPECT_FALSE(sys::find_status(layout.root));
    EXPECT_FALSE(sys::find_status(layout.run_root));
    reset(layout); // absence is fine
    Store again{options};
    EXPECT_THAT(again.images().list(), IsEmpty());
}

} // namespace
} // namespace strata::store
