// SPDX-License-Identifier: Apache-2.0
//
// A registry on a file system that is full.
#include "registry/operations.hpp"
#include "registry/testing/metadata_under_test.hpp"
#include "sys/file.hpp"
#include "sys/mount.hpp"
#include "testing/private_mounts.hpp"

#include <fcntl.h>

namespace strata::registry {
namespace {

using oci::HashAlgorithm;
using strata::registry::testing::TinyManifest;
using strata::testing::FailsWith;
using strata::testing::TempDir;

class FullDiskTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { strata::testing::enter_private_mounts(); }

    void open()
    {
        metadata_.reset();
        files_ = open_blob_files(root_);
        metadata_ = open_sqlite_metadata(root_, {.grace = std::chrono::seconds{0}});
    }
    Upload begin(const std::string& id)
    {
        const Upload upload{.id = id, .repository = "a", .started = now(), .touched = now()};
        metadata_->add_upload(upload);
        files_->create_upload("a", id);
        return upload;
    }
    Digest push(const std::string& id, std::string_view content)
    {
        const Upload upload = begin(id);
        const auto file = files_->open_upload("a", id, HashAlgorithm::sha256);
        file->write(std::as_bytes(std::span{content}));
        return publish_upload(*metadata_, *files_, upload, *file, Digest::of(content)).digest;
    }
    /// Not a block is left then.
    void fill()
    {
        const sys::Fd filler =
            sys::open_file(root_ / "filler", O_WRONLY | O_CREAT | O_APPEND, 0600);
        for (std::string some(65536, 'x'); !some.empty(); some.resize(some.size() / 2)) {
            try {
                for (;;) {
                    sys::write_all(filler, some);
                }
            } catch (const Error&) {
                continue; // with less
            }
        }
    }

    TempDir dir_;
    const std::filesystem::path root_ = dir_ / "small";
    const sys::Mount mount_ = [this] {
        sys::make_folder(root_);
        return sys::DetachedMount::tmpfs("size=16m,mode=0700").attach(root_);
    }();
    std::unique_ptr<BlobFiles> files_;
    std::unique_ptr<Metadata> metadata_;
};

TEST_F(FullDiskTest, an_upload_stops_at_a_known_offset_and_goes_on_when_there_is_room)
{
    open();
    const std::string content(3'000'000, 'c');
    const Upload upload = begin("u1");
    const auto file = files_->open_upload("a", "u1", HashAlgorithm::sha256);
    fill();
    io::MemorySource source{content};
    EXPECT_THAT([&] { file->write_from(source); }, FailsWith(Errc::exhausted));
    const std::uint64_t taken = file->size();
    EXPECT_EQ(files_->upload_size("a", "u1"), taken);
    ASSERT_LT(taken, content.size());

    sys::remove_file(root_ / "filler");
    io::MemorySource rest{std::string_view{content}.substr(taken)};
    file->write_from(rest);
    publish_upload(*metadata_, *files_, upload, *file, Digest::of(content));
    EXPECT_TRUE(files_->open(Digest::of(content)));
}

TEST_F(FullDiskTest, reading_goes_on_and_removing_makes_room)
{
    open();
    const Digest layer = push("u1", std::string(3'000'000, 'c'));
    metadata_->put_manifest("a", TinyManifest{"m"}.layer(layer), {"t"});
    fill();

    EXPECT_TRUE(metadata_->find_tag("a", "t"));
    EXPECT_TRUE(metadata_->find_blob("a", layer));
    EXPECT_EQ(files_->open(layer)->size, 3'000'000U);
    const NewManifest large = TinyManifest{std::string(1'000'000, 'm')};
    EXPECT_THAT([&] { metadata_->put_manifest("a", large, {}); }, FailsWith(Errc::exhausted));
    EXPECT_TRUE(metadata_->find_tag("a", "t"));

    EXPECT_TRUE(metadata_->remove_manifest("a", Digest::of("m")));
    EXPECT_EQ(collect_garbage(*metadata_, *files_, {.due_by = Timestamp::max()}).files, 1U);
    EXPECT_FALSE(metadata_->put_manifest("a", large, {"t"}).missing.size());
}

TEST_F(FullDiskTest, a_registry_on_a_full_disk_can_be_opened)
{
    open();
    const Digest layer = push("u1", "layer");
    metadata_.reset();
    fill();
    open();
    EXPECT_TRUE(metadata_->find_blob("a", layer));
    EXPECT_TRUE(metadata_->remove_blob("a", layer));
}

} // namespace
} // namespace strata::registry
