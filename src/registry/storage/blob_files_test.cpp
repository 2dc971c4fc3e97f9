// SPDX-License-Identifier: Apache-2.0
#include "registry/storage/blob_files.hpp"
#include "registry/storage/layout.hpp"
#include "sys/file.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>

#include <atomic>
#include <random>
#include <thread>

namespace strata::registry {
namespace {

using oci::HashAlgorithm;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string noise(std::size_t size)
{
    std::mt19937 random{static_cast<unsigned>(size)};
    std::string text(size, '\0');
    for (char& c : text) {
        c = static_cast<char>(random());
    }
    return text;
}

class BlobFilesTest : public ::testing::Test {
protected:
    std::unique_ptr<UploadFile> begin(const std::string& id,
                                      HashAlgorithm expected = HashAlgorithm::sha256)
    {
        metadata_->add_upload({.id = id, .repository = "a/b", .started = now(), .touched = now()});
        files_->create_upload("a/b", id);
        return files_->open_upload("a/b", id, expected);
    }
    Blob publish(const std::string& id, UploadFile& file, const Digest& digest,
                 std::uint64_t quota = 0)
    {
        return publish_upload(*metadata_, *files_, *metadata_->find_upload("a/b", id), file, digest,
                              quota);
    }
    std::string content(const Digest& digest)
    {
        return sys::read_small_file(layout_.blob(digest), std::uint64_t{64} << 20);
    }
    void restart()
    {
        files_ = open_blob_files(dir_.path());
        metadata_.reset();
        metadata_ = open_sqlite_metadata(dir_.path());
    }

    TempDir dir_;
    Layout layout_{dir_.path()};
    std::unique_ptr<BlobFiles> files_ = open_blob_files(dir_.path());
    std::unique_ptr<Metadata> metadata_ = open_sqlite_metadata(dir_.path());
};

void append(UploadFile& file, std::string_view text)
{
    file.write(std::as_bytes(std::span{text}));
}

TEST_F(BlobFilesTest, an_upload_becomes_a_blob_where_distribution_has_it)
{
    const auto file = begin("u1");
    append(*file, "hello ");
    append(*file, "world");
    publish("u1", *file, Digest::of("hello world"));

    const std::string hex = Digest::of("hello world").hex();
    EXPECT_EQ(sys::read_small_file(dir_ / ("docker/registry/v2/blobs/sha256/" + hex.substr(0, 2) +
                                           "/" + hex + "/data")),
              "hello world");
    EXPECT_FALSE(files_->upload_size("a/b", "u1"));
    EXPECT_FALSE(std::filesystem::exists(layout_.upload("a/b", "u1")));
    EXPECT_FALSE(metadata_->find_upload("a/b", "u1"));
    EXPECT_TRUE(metadata_->find_blob("a/b", Digest::of("hello world")));
    EXPECT_EQ(files_->open(Digest::of("hello world"))->size, 11U);
}

TEST_F(BlobFilesTest, streams_of_any_size_arrive)
{
    for (const std::size_t size : {0UL, 1UL, 65536UL, 65537UL, 300'000UL, 10'000'001UL}) {
        const std::string bytes = noise(size);
        const auto file = begin(fmt::format("u{}", size));
        io::MemorySource source{bytes};
        EXPECT_EQ(file->write_from(source), size);
        EXPECT_EQ(publish(fmt::format("u{}", size), *file, Digest::of(bytes)).size, size);
        EXPECT_TRUE(content(Digest::of(bytes)) == bytes) << size;
    }
}

TEST_F(BlobFilesTest, sha512_is_an_address_of_its_own)
{
    const auto file = begin("u1", HashAlgorithm::sha512);
    append(*file, "abc");
    const auto digest =
        Digest::parse("sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    publish("u1", *file, digest);
    EXPECT_EQ(content(digest), "abc");
}

TEST_F(BlobFilesTest, an_algorithm_that_was_not_announced_is_hashed_in_the_end)
{
    const auto file = begin("u1", HashAlgorithm::sha512);
    append(*file, "abc");
    publish("u1", *file, Digest::of("abc"));
    EXPECT_EQ(content(Digest::of("abc")), "abc");
}

TEST_F(BlobFilesTest, other_bytes_than_promised_are_refused_and_kept_as_an_upload)
{
    const auto file = begin("u1");
    append(*file, "abc");

    EXPECT_THAT([&] { publish("u1", *file, Digest::of("abd")); },
                FailsWith(Errc::corrupt, HasSubstr(Digest::of("abc").str())));
    EXPECT_FALSE(files_->open(Digest::of("abd")));
    EXPECT_FALSE(files_->open(Digest::of("abc")));
    append(*file, "d");
    publish("u1", *file, Digest::of("abcd"));
    EXPECT_EQ(content(Digest::of("abcd")), "abcd");
}

TEST_F(BlobFilesTest, an_upload_goes_on_in_the_next_request)
{
    append(*begin("u1"), "one ");
    append(*files_->open_upload("a/b", "u1", HashAlgorithm::sha256), "two ");
    const auto file = files_->open_upload("a/b", "u1", HashAlgorithm::sha256);
    EXPECT_EQ(file->size(), 8U);
    append(*file, "three");
    publish("u1", *file, Digest::of("one two three"));
    EXPECT_EQ(content(Digest::of("one two three")), "one two three");
}

TEST_F(BlobFilesTest, an_upload_goes_on_after_a_restart)
{
    append(*begin("u1"), "one ");
    restart();
    EXPECT_EQ(files_->upload_size("a/b", "u1"), 4U);
    const auto file = files_->open_upload("a/b", "u1", HashAlgorithm::sha256);
    append(*file, "two");
    publish("u1", *file, Digest::of("one two"));
    EXPECT_EQ(content(Digest::of("one two")), "one two");
}

TEST_F(BlobFilesTest, an_upload_changed_by_others_is_hashed_again)
{
    append(*begin("u1"), "one ");
    sys::write_all(sys::open_file(layout_.upload("a/b", "u1") / "data", O_WRONLY), "two ");
    const auto file = files_->open_upload("a/b", "u1", HashAlgorithm::sha256);
    EXPECT_THAT([&] { publish("u1", *file, Digest::of("one ")); }, FailsWith(Errc::corrupt));
    publish("u1", *file, Digest::of("two "));
}

TEST_F(BlobFilesTest, a_chunk_is_taken_back)
{
    const auto file = begin("u1");
    append(*file, "one ");
    append(*file, "half a chu");
    file->truncate(4);
    append(*file, "two");
    publish("u1", *file, Digest::of("one two"));
    EXPECT_EQ(content(Digest::of("one two")), "one two");
}

TEST_F(BlobFilesTest, one_writer_at_a_time)
{
    const auto file = begin("u1");
    EXPECT_THAT([&] { files_->open_upload("a/b", "u1", HashAlgorithm::sha256); },
                FailsWith(Errc::conflict));
    EXPECT_THAT([&] { files_->open_upload("a/b", "u2", HashAlgorithm::sha256); },
                FailsWith(Errc::not_found));
}

TEST_F(BlobFilesTest, an_id_is_never_a_path)
{
    for (const char* const id : {"", ".", "..", "a/b", "../../x"}) {
        EXPECT_THAT([&] { files_->create_upload("a/b", id); }, FailsWith(Errc::invalid_argument));
    }
}

/// Gives some bytes, then fails as a client does who goes away.
class BrokenSource final : public io::Source {
public:
    explicit BrokenSource(std::string_view text) : rest_{text} {}
    std::size_t read(std::span<std::byte> into) override
    {
        if (const std::size_t got = rest_.read(into); got != 0) {
            return got;
        }
        throw Error{Errc::unavailable, "gone"};
    }

private:
    io::MemorySource rest_;
};

TEST_F(BlobFilesTest, what_arrived_before_the_client_went_stays)
{
    for (const std::size_t size : {10UL, 100'000UL, 5'000'000UL}) {
        const std::string id = fmt::format("u{}", size);
        const std::string bytes = noise(size);
        {
            const auto file = begin(id);
            BrokenSource source{bytes};
            EXPECT_THAT([&] { file->write_from(source); }, FailsWith(Errc::unavailable));
            EXPECT_EQ(file->size(), size);
        }
        const auto file = files_->open_upload("a/b", id, HashAlgorithm::sha256);
        append(*file, "end");
        publish(id, *file, Digest::of(bytes + "end"));
    }
}

TEST_F(BlobFilesTest, two_uploads_of_one_blob_at_once)
{
    const std::string bytes = noise(1'000'000);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                const std::string id = fmt::format("u{}", i);
                const auto file = begin(id);
                append(*file, bytes);
                publish(id, *file, Digest::of(bytes));
            });
        }
    }
    EXPECT_TRUE(content(Digest::of(bytes)) == bytes);
    EXPECT_TRUE(metadata_->find_blob("a/b", Digest::of(bytes)));
    EXPECT_TRUE(std::filesystem::is_empty(layout_.uploads("a/b")));
}

TEST_F(BlobFilesTest, a_blob_over_the_quota_leaves_no_file)
{
    const auto file = begin("u1");
    append(*file, "abc");
    EXPECT_THAT([&] { publish("u1", *file, Digest::of("abc"), 2); }, FailsWith(Errc::denied));
    EXPECT_FALSE(files_->open(Digest::of("abc")));
}

TEST_F(BlobFilesTest, what_died_between_rename_and_acknowledgement_goes)
{
    const Digest digest = Digest::of("abc");
    {
        const auto file = begin("u1");
        append(*file, "abc");
        metadata_->note_upload_digest("u1", digest);
        file->seal(digest);
        file->publish(files_->lock(digest));
    }
    restart();
    ASSERT_TRUE(files_->open(digest));
    recover_uploads(*metadata_, *files_);
    EXPECT_FALSE(files_->open(digest));
    EXPECT_THAT(metadata_->list_uploads_being_published(), IsEmpty());
}

TEST_F(BlobFilesTest, recovery_leaves_what_is_known_and_what_can_be_resumed)
{
    const Digest digest = Digest::of("abc");
    const auto known = begin("u1");
    append(*known, "abc");
    publish("u1", *known, digest);
    metadata_->add_upload({.id = "u2", .repository = "a/b", .started = now(), .touched = now()});
    metadata_->note_upload_digest("u2", digest);
    append(*begin("u3"), "abd");
    metadata_->note_upload_digest("u3", Digest::of("abd"));

    recover_uploads(*metadata_, *files_);
    EXPECT_TRUE(files_->open(digest));
    EXPECT_FALSE(metadata_->find_upload("a/b", "u2"));
    EXPECT_EQ(files_->upload_size("a/b", "u3"), 3U);
}

TEST_F(BlobFilesTest, a_blob_that_was_cut_off_heals)
{
    const Digest digest = Digest::of("abc");
    const auto first = begin("u1");
    append(*first, "abc");
    publish("u1", *first, digest);
    std::filesystem::resize_file(layout_.blob(digest), 1);

    const auto second = begin("u2");
    append(*second, "abc");
    publish("u2", *second, digest);
    EXPECT_EQ(content(digest), "abc");
}

TEST_F(BlobFilesTest, removal_and_upload_of_one_digest_wait_for_each_other)
{
    const Digest digest = Digest::of("abc");
    auto lock = std::optional{files_->lock(digest)};
    files_->write(*lock, "abc");
    std::atomic<bool> removed = false;
    std::jthread remover{[&] { removed = files_->remove(files_->lock(digest)); }};
    files_->lock(Digest::of("other")); // is nobody's concern
    EXPECT_TRUE(files_->open(digest));
    lock.reset();
    remover.join();
    EXPECT_TRUE(removed);
    EXPECT_FALSE(files_->open(digest));
    EXPECT_FALSE(std::filesystem::exists(layout_.blob_folder(digest)));
}

} // namespace
} // namespace strata::registry
