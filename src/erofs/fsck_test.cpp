// SPDX-License-Identifier: Apache-2.0
//
// fsck.erofs as the second judge, where there is one that reads 512-byte blocks: erofs-utils 1.6 or
// later on the PATH, or the one beside real Docker in STRATA_SHARED (its /share is a folder here).
// Debian 12 has 1.5, so where there is none the kernel alone judges (kernel_test.cpp).
#include "erofs/testing/layer_index.hpp"
#include "testing/random_tree.hpp"
#include "testing/run_program.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <regex>

namespace strata::erofs {
namespace {

using erofs::testing::LayerIndex;
using erofs::testing::Stack;
using erofs::testing::tar_of;
using strata::testing::ProgramResult;
using strata::testing::RandomTree;
using strata::testing::run_program;

class Fsck {
public:
    static std::optional<Fsck> find()
    {
        if (is_capable({"fsck.erofs"})) {
            return Fsck{{"fsck.erofs"}, "/tmp", "/tmp"};
        }
        const char* const shared = std::getenv("STRATA_SHARED");
        if (shared == nullptr) {
            return {};
        }
        const std::string run = std::string{shared} + "/peers/run";
        const char* const peers = std::getenv("PEERS_DIR");
        const char* const known = std::getenv("HOME");
        const std::string home = known != nullptr ? known : "/root";
        const sys::Path folder = peers != nullptr ? peers : home + "/.cache/strata-peers";
        if (!is_capable({run, "fsck.erofs"})) {
            return {};
        }
        return Fsck{{run, "fsck.erofs"}, folder / "share", "/share"};
    }

    ProgramResult check(const sys::Path& image, const std::vector<sys::Path>& devices) const
    {
        std::string folder = (folder_ / "strata-fsck-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) {
            throw_errno("create {}", folder);
        }
        const sys::Path seen = seen_as_ / sys::Path{folder}.filename();
        std::vector<std::string> command = command_;
        for (const sys::Path& device : devices) {
            const std::string name = fmt::format("device{}", command.size());
            std::filesystem::copy_file(device, sys::Path{folder} / name);
            command.push_back("--device=" + (seen / name).string());
        }
        std::filesystem::copy_file(image, sys::Path{folder} / "image");
        command.push_back((seen / "image").string());
        ProgramResult result = run_program(command);
        sys::remove_tree(folder);
        return result;
    }

private:
    Fsck(std::vector<std::string> command, sys::Path folder, sys::Path seen_as)
        : command_{std::move(command)}, folder_{std::move(folder)}, seen_as_{std::move(seen_as)}
    {
    }

    static bool is_capable(std::vector<std::string> command)
    try {
        command.push_back("-V");
        const std::string output = run_program(command).output;
        std::smatch version;
        return std::regex_search(output, version, std::regex{R"((\d+)\.(\d+))"}) &&
               (std::stoi(version[1]) > 1 || std::stoi(version[2]) >= 6);
    } catch (const Error&) {
        return false; // it is not there
    }

    std::vector<std::string> command_;
    sys::Path folder_;  // that it sees too,
    sys::Path seen_as_; // under this name
};

TEST(Fsck, finds_nothing_wrong_with_an_index_or_a_stack)
{
    const LayerIndex low{tar_of(RandomTree{1, {.entries = 1000}}.entries())};
    const LayerIndex high{tar_of(RandomTree{2, {.entries = 1000}}.entries())};
    const Stack stack{{&low, &high}};
    const std::optional<Fsck> fsck = Fsck::find();
    if (!fsck) {
        return;
    }

    const ProgramResult index_result = fsck->check(low.index_path(), low.devices());
    const ProgramResult stack_result = fsck->check(stack.path(), stack.devices());

    EXPECT_EQ(index_result.status, 0) << index_result.output;
    EXPECT_EQ(stack_result.status, 0) << stack_result.output;
}

} // namespace
} // namespace strata::erofs
