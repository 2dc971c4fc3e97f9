// SPDX-License-Identifier: Apache-2.0
//
// Random archives and chains, compared with a model of what they mean (testing/model_tree.hpp).
#include "erofs/testing/crowded_tree.hpp"
#include "erofs/testing/described_image.hpp"
#include "erofs/testing/layer_index.hpp"
#include "erofs/testing/model_tree.hpp"
#include "testing/errors.hpp"
#include "testing/random_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace strata::erofs {
namespace {

using erofs::testing::crowded_tree;
using erofs::testing::describe_image;
using erofs::testing::LayerIndex;
using erofs::testing::ModelTree;
using erofs::testing::Stack;
using erofs::testing::tar_of;
using strata::testing::differences;
using strata::testing::FailsWith;
using strata::testing::RandomTree;
using strata::testing::TreeEntry;
using ::testing::IsEmpty;

/// Drops the entries that the model says must be refused, and sees that they are.
std::vector<TreeEntry> acceptable(const std::vector<TreeEntry>& entries, ModelTree& model)
{
    std::vector<TreeEntry> kept;
    bool shown = false;
    for (const TreeEntry& entry : entries) {
        if (model.apply(entry)) {
            kept.push_back(entry);
        } else if (!std::exchange(shown, true)) {
            std::vector<TreeEntry> refused = kept;
            refused.push_back(entry);
            EXPECT_THAT([tar = tar_of(refused)] { LayerIndex{tar}; },
                        FailsWith(Errc::invalid_argument));
        }
    }
    return kept;
}

/// The entries of the `seed`th archive: some wide and odd, most small and crowded.
std::vector<TreeEntry> random_entries(std::uint64_t seed)
{
    if (seed % 4 == 0) {
        auto entries =
            RandomTree{seed, {.entries = 300, .whiteouts = true, .duplicates = true}}.entries();
        std::erase_if(entries, [](const TreeEntry& made) { // has no meaning to compare
            const std::string& path = made.entry.path;
            return path.find('/', std::min(path.find(".wh."), path.size())) != path.npos;
        });
        return entries;
    }
    return crowded_tree(seed, 5 + seed % 60);
}

TEST(Random, an_index_holds_what_its_archive_says)
{
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        ModelTree model;
        const LayerIndex index{tar_of(acceptable(random_entries(seed), model))};
        const Reader reader = index.reader();

        reader.verify();
        ASSERT_THAT(differences(describe_image(reader, index.devices()), model.describe_all()),
                    IsEmpty())
            << "seed " << seed;
    }
}

TEST(Random, a_stack_holds_what_its_layers_leave)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        std::vector<ModelTree> models(1 + seed % 6);
        std::vector<std::unique_ptr<LayerIndex>> layers;
        std::vector<const LayerIndex*> pointers;
        for (std::size_t i = 0; i < models.size(); ++i) {
            const auto entries = acceptable(random_entries(1000 * seed + i + seed % 4), models[i]);
            layers.push_back(std::make_unique<LayerIndex>(tar_of(entries)));
            pointers.push_back(layers.back().get());
        }
        const Stack stack{pointers};
        const Reader reader = stack.reader();

        reader.verify();
        ASSERT_THAT(differences(describe_image(reader, stack.devices()),
                                ModelTree::stack(models).describe_all()),
                    IsEmpty())
            << "seed " << seed;
    }
}

} // namespace
} // namespace strata::erofs
