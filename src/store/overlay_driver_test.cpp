// SPDX-License-Identifier: Apache-2.0
//
// What the contract of all drivers leaves to this one: user namespaces, and what fsck finds.
#include "store/overlay_driver.hpp"
#include "store/testing/test_store.hpp"
#include "sys/mount.hpp"
#include "sys/namespace.hpp"
#include "sys/node.hpp"
#include "sys/poll.hpp"
#include "sys/process.hpp"
#include "sys/xattr.hpp"
#include "testing/errors.hpp"
#include "testing/private_mounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

namespace strata::store::testing {
namespace {

using strata::testing::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class OverlayDriverTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    StoreOptions options() const
    {
        StoreOptions options = options_for(dir_.path());
        options.driver = "overlay";
        return options;
    }

    static RootfsRequest container(const Store& store, std::vector<oci::DiffId> chain)
    {
        RootfsRequest request{.chain = std::move(chain),
                              .container = store.layout().container("c"),
                              .target = store.layout().run_container("c") / "root"};
        sys::ensure_folders(request.container);
        sys::ensure_folders(request.target);
        return request;
    }

    TempDir dir_;
};

/// Runs `body` in a child that is root of a user namespace, and returns what went wrong there.
std::string in_user_namespace(const std::function<void()>& body)
{
    auto [reader, writer] = sys::make_pipe();
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            sys::become_root_of_user_namespace();
            body();
        } catch (const std::exception& error) {
            sys::write_all(writer, std::string_view{error.what()});
        }
        ::_exit(0);
    }
    writer.reset();
    std::string told = sys::read_small_file(reader);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? told : fmt::format("{} (status {})", told, status);
}

void check(bool holds, std::string_view what)
{
    if (!holds) {
        throw Error{Errc::internal, fmt::format("it does not hold that {}", what)};
    }
}

TEST_F(OverlayDriverTest, works_in_a_user_namespace)
{
    const std::string wrong = in_user_namespace([&] {
        Store store{options()};
        const Lease lease = store.lease();
        const oci::DiffId low = add_layer(store,
                                          TinyLayer{}
                                              .dir("d")
                                              .file("d/hidden")
                                              .file("gone")
                                              .file("kept", "x")
                                              .owner(1000, 1000)
                                              .build(),
                                          lease)
                                    .diff_id;
        const oci::DiffId high =
            add_layer(
                store,
                TinyLayer{}.opaque("d").file("d/new").whiteout("gone").device("zero", 1, 5).build(),
                lease)
                .diff_id;
        const RootfsRequest request = container(store, {low, high});

        store.driver().mount(request);

        check(sys::read_small_file(request.target / "kept") == "x", "a file shows");
        check(names_in(request.target) == std::vector<std::string>{"d", "kept"}, "deletions hide");
        check(names_in(request.target / "d") == std::vector<std::string>{"new"},
              "an opaque folder hides");
        sys::remove_file(request.target / "kept");
        sys::remove_tree(request.target / "d");
        sys::make_folder(request.target / "d");
        store.driver().unmount(request);
        const Path upper = store.driver().upper_folder(request.container).value();
        check(sys::find_status(upper / "kept")->st_rdev == 0, "a deletion is recorded");
        check(sys::find_xattr(upper / "d", "user.overlay.opaque") == "y", "so is a new folder");
        check(problems(store).empty(), "nothing is damaged");
    });

    EXPECT_EQ(wrong, "");
}

TEST_F(OverlayDriverTest, layers_of_a_user_namespace_are_refused_outside)
{
    const BuiltLayer built = TinyLayer{}.file("a").build();
    const std::string wrong = in_user_namespace([&] {
        Store store{options()};
        add_image(store, {built}, "kept");
    });
    ASSERT_EQ(wrong, "");
    Store store{options()};

    EXPECT_THAT([&] { store.driver().mount(container(store, {built.diff_id()})); },
                FailsWith(Errc::conflict, HasSubstr("user namespace")));
}

class OverlayDamage : public OverlayDriverTest {
protected:
    /// The tree of a layer, lying open to mischief.
    Path tree() const { return store_.layout().layer(layer_) / "tree"; }

    void write(const Path& path, std::string_view text)
    {
        sys::write_all(sys::open_file(path, O_WRONLY | O_CREAT, 0644), text);
    }
    std::vector<std::string> found() { return problems(store_); }

    Store store_{options()};
    Lease lease_ = store_.lease();
    oci::DiffId layer_ = add_layer(store_,
                                   TinyLayer{}
                                       .dir("d")
                                       .file("d/f", "content")
                                       .xattr("user.x", "1")
                                       .opaque("d")
                                       .symlink("l", "d")
                                       .whiteout("w")
                                       .file("implied/f")
                                       .file("h")
                                       .hardlink("h2", "h")
                                       .build(),
                                   lease_)
                             .diff_id;
};

TEST_F(OverlayDamage, is_not_seen_where_there_is_none)
{
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(OverlayDamage, of_every_kind_is_found)
{
    const struct {
        const char* says;
        std::function<void(const Path&)> harm;
    } kHarms[] = {
        {"'d/f' has other bytes", [&](const Path& at) { write(at / "d/f", "CONTENT"); }},
        {"'d/f' has 9 bytes", [&](const Path& at) { write(at / "d/f", "too long!"); }},
        {"'d/f' is missing", [](const Path& at) { sys::remove_file(at / "d/f"); }},
        {"'d/f' has mode", [](const Path& at) { ::chmod((at / "d/f").c_str(), 0600); }},
        {"'d/f' belongs to",
         [](const Path& at) {
             const sys::Fd folder = sys::open_file(at / "d", O_PATH | O_DIRECTORY);
             const std::string name = "f";
             sys::set_owner({folder, name}, 5, 5);
         }},
        {"'d/f' lacks the attribute user.x",
         [](const Path& at) { sys::remove_xattr(at / "d/f", "user.x"); }},
        {"'d' does not hide",
         [](const Path& at) { sys::remove_xattr(at / "d", "trusted.overlay.opaque"); }},
        {"'l' leads elsewhere",
         [](const Path& at) {
             sys::remove_file(at / "l");
             std::filesystem::create_symlink("x", at / "l");
             const ::timespec time{1'577'836'800, 0};
             const ::timespec times[2] = {time, time};
             ::utimensat(AT_FDCWD, (at / "l").c_str(), times, AT_SYMLINK_NOFOLLOW);
         }},
        {"'w' is missing", [](const Path& at) { sys::remove_file(at / "w"); }},
        {"'h' has 1 links", [](const Path& at) { sys::remove_file(at / "h2"); }},
        {"has another time",
         [](const Path& at) { ::utimensat(AT_FDCWD, (at / "h").c_str(), nullptr, 0); }},
        {"restated folders",
         [](const Path& at) { sys::remove_file(at.parent_path() / "restated"); }},
        {"tree is missing", [](const Path& at) { sys::remove_tree(at); }},
    };
    for (const auto& [says, harm] : kHarms) {
        const Path saved = dir_ / "saved";
        const Path folder = tree().parent_path();
        ASSERT_TRUE(sys::run_and_collect({.command = {"cp", "-a", folder.native(), saved.native()}})
                        .status.success());

        harm(tree());

        EXPECT_THAT(found(), ElementsAre(HasSubstr(says))) << says;
        sys::remove_tree(folder);
        sys::rename_file(saved, folder);
        ASSERT_THAT(found(), IsEmpty()) << says;
    }
}

TEST_F(OverlayDamage, includes_what_does_not_belong)
{
    // A folder's time changes with it, so it is put back, as a careful intruder would.
    const auto before = sys::find_status(tree() / "implied").value();
    write(tree() / "implied/stranger", "x");
    const ::timespec times[2] = {before.st_atim, before.st_mtim};
    ::utimensat(AT_FDCWD, (tree() / "implied").c_str(), times, 0);

    EXPECT_THAT(found(), ElementsAre(HasSubstr("'implied/stranger' is not of this layer")));
}

} // namespace
} // namespace strata::store::testing
