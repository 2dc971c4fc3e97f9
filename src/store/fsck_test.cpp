// SPDX-License-Identifier: Apache-2.0
//
// Every kind of damage is done to a store on purpose, found, and mended where it can be.
#include "erofs/reader.hpp"
#include "io/compression.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"
#include "store/fsck.hpp"
#include "store/layer_files.hpp"
#include "store/stacks.hpp"
#include "store/testing/test_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::store {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void write_file(const Path& path, std::string_view bytes)
{
    sys::remove_file(path); // it may be read-only
    sys::write_all(sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600), bytes);
}

void flip_bit(const Path& path)
{
    std::string bytes = sys::read_small_file(path);
    ASSERT_FALSE(bytes.empty());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
    write_file(path, bytes);
}

/// The first half of what was there, and zeros: a write that a power cut tore.
void tear(const Path& path)
{
    std::string bytes = sys::read_small_file(path);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2), bytes.end(), '\0');
    write_file(path, bytes);
}

void truncate(const Path& path)
{
    write_file(path, sys::read_small_file(path).substr(0, 100));
}

io::TarEntry sparse_entry()
{
    io::TarEntry entry;
    entry.path = "sparse";
    entry.mode = 0644;
    entry.size = 700;
    return entry;
}

/// GNU old sparse: one stretch of 100 bytes in a file of 700, so that the layer needs an `extra`.
BuiltLayer layer_with_extra()
{
    std::string tar = TinyLayer{}.entry(sparse_entry(), std::string(700, 's')).build().bytes();
    std::string header = tar.substr(0, 512);
    const auto put = [&](std::size_t at, std::string_view text) {
        header.replace(at, text.size(), text);
    };
    put(124, "00000000144"); // stored: 100
    put(156, "S");
    put(257, "ustar  ");
    put(264, std::string_view{"\0", 1});
    header.replace(345, 512 - 345, 512 - 345, '\0');
    put(386, std::string_view{"00000001000\0"
                              "00000000144\0",
                              24}); // 100 bytes at 512
    put(386 + 24, std::string_view{"00000001274\0"
                                   "00000000000\0",
                                   24});
    put(483, "00000001274"); // its real size: 700
    header.replace(148, 8, 8, ' ');
    unsigned sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    put(148, fmt::format("{:06o}", sum) + std::string{"\0 ", 2});
    return BuiltLayer{header + std::string(100, 's') + std::string(412 + 1024, '\0')};
}

class FsckTest : public ::testing::Test {
protected:
    FsckTest()
    {
        id = add_image(store, {base, above}, "web:1.4", {.labels = {{"a", "b"}}});
        chain = {base.diff_id(), above.diff_id()};
        store.layers().ensure_stack(chain);
        EXPECT_THAT(problems(store), IsEmpty());
    }

    /// What fsck says without mending; then it mends, and nothing is left to say.
    void expect_mended(const ::testing::Matcher<const std::vector<std::string>&>& matcher)
    {
        EXPECT_THAT(problems(store), matcher);
        EXPECT_THAT(problems(store), matcher) << "looking changed something";
        for (const std::string& problem : problems(store, Repair::yes)) {
            EXPECT_THAT(problem, EndsWith("(repaired)"));
        }
        EXPECT_THAT(problems(store), IsEmpty());
        expect_whole();
    }

    /// It cannot be mended: the image is named, and loading it again heals.
    void expect_lost(const std::string& problem)
    {
        for (const Repair repair : {Repair::no, Repair::yes, Repair::no}) {
            const auto findings = fsck(store, repair).findings;
            ASSERT_THAT(findings, Not(IsEmpty()));
            EXPECT_THAT(findings[0].problem, HasSubstr(problem));
            EXPECT_FALSE(findings[0].repaired);
            EXPECT_THAT(findings[0].images, ElementsAre("docker.io/library/web:1.4"));
        }
        add_image(store, {base, above}, "web:1.4", {.labels = {{"a", "b"}}});
        EXPECT_THAT(problems(store), IsEmpty()) << "bringing it again did not heal";
        expect_whole();
    }

    void expect_whole()
    {
        const Image image = store.images().get_as_written("web:1.4");
        EXPECT_THAT(image.layers, ElementsAre(base.diff_id(), above.diff_id()));
        EXPECT_THAT(image.labels, SizeIs(1));
        EXPECT_EQ(store.images().config(id), config_of(chain, {.labels = {{"a", "b"}}}));
        EXPECT_EQ(io::read_all(*store.layers().open_tar(base.diff_id()), 1 << 20), base.bytes());
        EXPECT_TRUE(store.layers().open_stack(chain).find("a"));
        store.collect();
        EXPECT_THAT(names_in(store.layout().tmp()), IsEmpty());
    }

    Path layer_file(const char* name) const { return store.layout().layer(base.diff_id()) / name; }
    Path stack_file() const { return store.layout().stack(Stacks::id_of(chain)) / kIndex; }
    Path config_file() const { return store.layout().blob({id.value}); }

    /// What the database's own rules would not allow.
    void damage_rows(const std::string& sql)
    {
        store.database().execute("PRAGMA foreign_keys = OFF");
        store.database().execute(sql);
        store.database().execute("PRAGMA foreign_keys = ON");
    }

    /// As when the database is replaced by a copy from before the image came.
    void forget_everything()
    {
        for (const char* const table : {"name", "image_label", "image_layer", "image_blob", "image",
                                        "layer", "blob", "stack", "garbage"}) {
            damage_rows(fmt::format("DELETE FROM {}", table));
        }
    }

    const Path& dir() const { return dir_.path(); }

private:
    TempDir dir_;

protected:
    Store store{options_for(dir_.path())};
    const BuiltLayer base =
        TinyLayer{}.dir("d").file("d/big", std::string(50'000, 'b')).file("a", "12345").build();
    const BuiltLayer above = TinyLayer{}.file("b", "123").build();
    oci::ImageId id{oci::Digest::of("")};
    std::vector<oci::DiffId> chain;
};

// A layer's index and stack come from its tar.

TEST_F(FsckTest, a_flipped_bit_in_an_index)
{
    flip_bit(layer_file(kIndex));
    expect_mended(Contains(HasSubstr("its index is not what its tar gives")));
}

TEST_F(FsckTest, a_torn_index)
{
    tear(layer_file(kIndex));
    expect_mended(Contains(HasSubstr("its index is not what its tar gives")));
}

TEST_F(FsckTest, a_missing_index)
{
    sys::remove_file(layer_file(kIndex));
    expect_mended(Contains(HasSubstr("its index is missing")));
}

TEST_F(FsckTest, a_file_too_many_in_a_layer)
{
    write_file(layer_file("notes.txt"), "x");
    expect_mended(Contains(HasSubstr("'notes.txt'")));
}

TEST_F(FsckTest, a_flipped_bit_in_a_stack)
{
    flip_bit(stack_file());
    expect_mended(ElementsAre(HasSubstr("its file is not what was written")));
}

TEST_F(FsckTest, a_truncated_stack)
{
    truncate(stack_file());
    expect_mended(ElementsAre(HasSubstr("its file is not what was written")));
}

TEST_F(FsckTest, a_missing_stack)
{
    sys::remove_file(stack_file());
    expect_mended(ElementsAre(HasSubstr("its file is missing")));
}

TEST_F(FsckTest, an_extra_that_is_wrong_missing_or_too_many)
{
    const BuiltLayer sparse = layer_with_extra();
    add_image(store, {sparse}, "sparse");
    const Path extra = store.layout().layer(sparse.diff_id()) / kExtra;
    ASSERT_TRUE(sys::find_status(extra)) << "the layer was to need an extra";
    ASSERT_THAT(problems(store), IsEmpty());

    flip_bit(extra);
    expect_mended(ElementsAre(HasSubstr("its extra is not what its tar gives")));
    sys::remove_file(extra);
    expect_mended(ElementsAre(HasSubstr("its extra is missing")));
    write_file(layer_file(kExtra), "x");
    expect_mended(ElementsAre(HasSubstr("an extra file")));
}

// Without its tar, a layer is lost, unless it came compressed.

TEST_F(FsckTest, a_flipped_bit_in_a_tar)
{
    flip_bit(layer_file(kTar));
    expect_lost("does not match its digest");
}

TEST_F(FsckTest, a_torn_tar)
{
    tear(layer_file(kTar));
    expect_lost("does not match its digest");
}

TEST_F(FsckTest, a_truncated_tar)
{
    truncate(layer_file(kTar));
    expect_lost("its tar cannot be read");
}

TEST_F(FsckTest, a_missing_tar)
{
    sys::remove_file(layer_file(kTar));
    expect_lost("its tar is missing");
}

TEST_F(FsckTest, a_missing_folder)
{
    sys::remove_tree(store.layout().layer(base.diff_id()));
    expect_lost("its folder is missing");
}

TEST_F(FsckTest, a_tar_whose_compressed_blob_is_there)
{
    io::StringSink compressed;
    const auto compressor = io::compress(compressed, io::Compression::gzip);
    compressor->write(base.bytes());
    compressor->finish();
    {
        const Lease lease = store.lease();
        NewImage image;
        image.config = config_of(chain, {.labels = {{"a", "b"}}});
        image.blobs = {store.blobs().put(compressed.text, lease).digest};
        store.images().put(image, lease);
    }
    flip_bit(layer_file(kTar));
    expect_mended(ElementsAre(HasSubstr("does not match its digest")));
    sys::remove_tree(store.layout().layer(base.diff_id()));
    expect_mended(Contains(HasSubstr("its folder is missing")));
}

// Blobs.

TEST_F(FsckTest, a_flipped_bit_in_a_config)
{
    flip_bit(config_file());
    expect_lost("does not match its digest");
}

TEST_F(FsckTest, a_missing_config)
{
    sys::remove_file(config_file());
    expect_lost("its file is missing");
}

TEST_F(FsckTest, a_blob_that_no_image_needs_to_run)
{
    NewImage image;
    image.config = config_of(chain, {.labels = {{"a", "b"}}});
    image.manifest = "a manifest";
    {
        const Lease lease = store.lease();
        store.images().put(image, lease);
    }
    flip_bit(store.layout().blob({oci::Digest::of("a manifest")}));

    const auto findings = fsck(store, Repair::yes).findings;
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings[0].subject, HasSubstr(oci::Digest::of("a manifest").str()));
    EXPECT_THAT(findings[0].images, IsEmpty());
}

// Rows.

TEST_F(FsckTest, files_without_a_row)
{
    const Layout& layout = store.layout();
    sys::make_folder(layout.layer({oci::Digest::of("nobody's layer")}));
    sys::make_folder(layout.stack({oci::Digest::of("nobody's stack")}));
    write_file(layout.blob({oci::Digest::of("nobody's blob")}), "nobody's blob");
    write_file(layout.layers() / "strange name", "x");

    expect_mended(SizeIs(4));

    EXPECT_THAT(names_in(layout.layers()), SizeIs(2));
}

TEST_F(FsckTest, an_image_of_which_no_row_is_left_comes_back_without_its_names)
{
    io::StringSink compressed;
    const auto compressor = io::compress(compressed, io::Compression::gzip);
    compressor->write(base.bytes());
    compressor->finish();
    const std::string config = store.images().config(id);
    const oci::Manifest manifest{.media_type = std::string{oci::media_type::kManifest},
                                 .config = {.media_type = std::string{oci::media_type::kConfig},
                                            .digest = {oci::Digest::of(config)},
                                            .size = config.size()},
                                 .layers = {{.media_type = std::string{oci::media_type::kLayerGzip},
                                             .digest = {oci::Digest::of(compressed.text)},
                                             .size = compressed.text.size()}}};
    {
        const Lease lease = store.lease();
        NewImage image{.config = config, .parent = {}, .manifest = manifest.print(), .blobs = {}};
        image.blobs = {store.blobs().put(compressed.text, lease).digest};
        store.images().put(image, lease);
    }

    forget_everything();

    EXPECT_THAT(problems(store), Contains(AllOf(HasSubstr("image " + id.str()),
                                                HasSubstr("the database knows nothing of it"))));
    EXPECT_THAT(problems(store, Repair::yes), Each(EndsWith("(repaired)")));
    EXPECT_THAT(problems(store), IsEmpty());
    const auto image = store.images().find(id);
    ASSERT_TRUE(image);
    EXPECT_THAT(image->references, IsEmpty());
    EXPECT_EQ(image->manifest->value, oci::Digest::of(manifest.print()));
    EXPECT_TRUE(store.blobs().find({oci::Digest::of(compressed.text)}));
    store.images().tag(id, oci::Reference::parse("web:1.4"));
    expect_whole();
}

TEST_F(FsckTest, an_image_of_which_neither_rows_nor_all_layers_are_left_is_litter)
{
    forget_everything();
    flip_bit(layer_file(kTar));

    EXPECT_THAT(problems(store, Repair::yes), Each(HasSubstr("nothing in the database knows it")));

    EXPECT_THAT(store.images().list(), IsEmpty());
    EXPECT_THAT(names_in(store.layout().layers()), IsEmpty());
    EXPECT_THAT(problems(store), IsEmpty());
}

TEST_F(FsckTest, a_layer_whose_row_is_missing)
{
    damage_rows("DELETE FROM layer WHERE diff_id = '" + base.diff_id().str() + "'");
    expect_mended(Contains(HasSubstr("other layers for it than its config")));
}

TEST_F(FsckTest, a_layer_whose_row_and_files_are_missing)
{
    damage_rows("DELETE FROM layer WHERE diff_id = '" + base.diff_id().str() + "'");
    sys::remove_tree(store.layout().layer(base.diff_id()));

    fsck(store, Repair::yes); // gives the layer a row again, which can then say that it is lost
    expect_lost("its folder is missing");
}

TEST_F(FsckTest, a_config_whose_row_is_missing)
{
    damage_rows("DELETE FROM blob");
    expect_mended(Contains(HasSubstr("is not in the database")));
}

TEST_F(FsckTest, rows_that_say_something_else_than_the_config)
{
    damage_rows("UPDATE image SET created_ns = 1");
    expect_mended(ElementsAre(HasSubstr("another chain or time")));
    damage_rows("UPDATE image SET size = 1");
    expect_mended(ElementsAre(HasSubstr("another size")));
    damage_rows("DELETE FROM image_label");
    expect_mended(ElementsAre(HasSubstr("other labels")));
    damage_rows("DELETE FROM image_layer WHERE position = 1");
    expect_mended(Contains(HasSubstr("other layers")));
}

TEST_F(FsckTest, sizes_that_are_not_those_of_the_files)
{
    damage_rows("UPDATE layer SET tar_bytes = 7 WHERE diff_id = '" + base.diff_id().str() + "'");
    expect_mended(ElementsAre(HasSubstr("7 bytes of tar")));
    damage_rows("UPDATE blob SET bytes = 7");
    expect_mended(ElementsAre(HasSubstr("7 bytes")));
}

TEST_F(FsckTest, a_name_without_an_image)
{
    damage_rows("INSERT INTO name (reference, image) VALUES ('docker.io/library/lost:1', 4711)");
    const auto findings = fsck(store, Repair::no).findings;
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings[0].images, ElementsAre("docker.io/library/lost:1"));
    expect_mended(ElementsAre(HasSubstr("name docker.io/library/lost:1")));
}

TEST_F(FsckTest, rows_of_an_image_that_is_not_there)
{
    damage_rows("INSERT INTO image_layer (image, position, layer) VALUES (4711, 0, 1)");
    damage_rows("INSERT INTO image_hold (holder, image) VALUES ('container:x', 4711)");
    expect_mended(SizeIs(2));
}

TEST_F(FsckTest, a_damaged_page_of_the_database)
{
    const Path file = store.database().file();
    store.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto page = store.database().query_one<std::uint64_t>(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'image_layer_by_layer'");
    const auto size = store.database().query_one<std::uint64_t>("PRAGMA page_size");
    sys::write_all_at(sys::open_file(file, O_WRONLY),
                      std::as_bytes(std::span{std::string_view{"garbage"}}), (page - 1) * size);

    Store again{options_for(dir())};
    const auto findings = fsck(again, Repair::no).findings;

    ASSERT_THAT(findings, Not(IsEmpty()));
    EXPECT_EQ(findings[0].subject, "database");
}

TEST_F(FsckTest, what_others_removed_meanwhile_is_no_damage)
{
    forget(store, id); // garbage now, and not collected yet
    EXPECT_THAT(problems(store), IsEmpty());
}

TEST_F(FsckTest, counts_what_it_has_seen)
{
    const FsckReport report = fsck(store, Repair::no);

    EXPECT_TRUE(report.clean());
    EXPECT_EQ(report.layers, 2u);
    EXPECT_EQ(report.blobs, 1u);
    EXPECT_EQ(report.images, 1u);
    EXPECT_EQ(report.stacks, 1u);
    EXPECT_GT(report.bytes_hashed, base.bytes().size() + above.bytes().size());
}

} // namespace
} // namespace strata::store
