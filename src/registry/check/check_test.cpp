// SPDX-License-Identifier: Apache-2.0
#include "registry/check/check.hpp"
#include "registry/testing/pushed.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::registry {
namespace {

using strata::registry::testing::PushedRegistry;
using strata::registry::testing::TinyManifest;
using Kind = Problem::Kind;
using Repair = CheckOptions::Repair;
using Contents = CheckOptions::Contents;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CheckTest : public ::testing::Test {
protected:
    std::vector<Kind> check(Repair repair = Repair::no, Contents contents = Contents::hash_again)
    {
        std::vector<Kind> found;
        check_registry(registry_.metadata(), registry_.files(), registry_.root(),
                       {.contents = contents,
                        .repair = repair,
                        .found = [&](const Problem& problem) { found.push_back(problem.kind); }});
        return found;
    }
    void overwrite(const Digest& digest, std::string_view text)
    {
        sys::write_all(sys::open_file(registry_.layout().blob(digest), O_WRONLY | O_TRUNC), text);
    }

    PushedRegistry registry_;
    const Digest layer_ = registry_.blob("a", "layer");
    const Digest manifest_ = registry_.manifest("a", TinyManifest{"m"}.layer(layer_), {"t"});
};

TEST_F(CheckTest, a_registry_in_order_has_no_problems)
{
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(CheckTest, a_lost_file_is_found_and_can_be_pushed_again)
{
    sys::remove_file(registry_.layout().blob(layer_));
    EXPECT_THAT(check(), ElementsAre(Kind::lost_blob));
    EXPECT_THAT(check(Repair::yes), ElementsAre(Kind::lost_blob, Kind::missing_reference));

    EXPECT_FALSE(registry_.metadata().find_blob("a", layer_));
    registry_.blob("a", "layer");
    EXPECT_THAT(check(), IsEmpty());
}

TEST_F(CheckTest, other_bytes_are_found)
{
    overwrite(layer_, "LAYER");
    EXPECT_THAT(check(Repair::no, Contents::trust), IsEmpty());
    EXPECT_THAT(check(), ElementsAre(Kind::broken_blob));
    overwrite(layer_, "longer than before");
    EXPECT_THAT(check(Repair::yes, Contents::trust),
                ElementsAre(Kind::broken_blob, Kind::missing_reference));
    EXPECT_FALSE(registry_.files().open(layer_));
}

TEST_F(CheckTest, a_file_that_nobody_knows_goes_to_the_collector)
{
    const Digest stray = Digest::of("stray");
    registry_.files().write(registry_.files().lock(stray), "stray");
    EXPECT_THAT(check(), ElementsAre(Kind::unknown_file));
    EXPECT_THAT(check(Repair::yes), ElementsAre(Kind::unknown_file));
    EXPECT_THAT(check(), IsEmpty());

    const auto known = registry_.metadata().find_known_blob(stray);
    ASSERT_TRUE(known);
    EXPECT_FALSE(known->held);
    EXPECT_EQ(registry_.metadata().pending_reviews(), 2U);
}

TEST_F(CheckTest, strange_names_are_told_and_left_alone)
{
    const auto strange = registry_.layout().blobs() / "sha256/zz/nonsense";
    sys::ensure_folders(strange);
    EXPECT_THAT(check(Repair::yes), ElementsAre(Kind::unknown_file));
    EXPECT_TRUE(std::filesystem::exists(strange));
}

TEST_F(CheckTest, uploads_without_files_and_files_without_uploads)
{
    const Timestamp past = now() - std::chrono::hours{5};
    registry_.metadata().add_upload(
        {.id = "no-file", .repository = "a", .started = past, .touched = past});
    registry_.files().create_upload("b/c", "no-row");
    EXPECT_THAT(check(), ElementsAre(Kind::stale_upload)); // the other may have just begun

    const auto folder = registry_.layout().upload("b/c", "no-row");
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{5};
    std::filesystem::last_write_time(folder, old);
    EXPECT_THAT(check(Repair::yes), ElementsAre(Kind::stale_upload, Kind::stale_upload));
    EXPECT_THAT(check(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(folder));
}

} // namespace
} // namespace strata::registry
