// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "registry/server/sole_server.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <optional>

namespace strata::registry {
namespace {

using strata::testing::FailsWith;
using strata::testing::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(SoleServer, a_directory_has_one_at_a_time)
{
    const TempDir folder;
    const auto root = folder.path() / "data";
    std::optional<SoleServer> first{root};
    EXPECT_THAT([&] { SoleServer{root}; },
                FailsWith(Errc::conflict, AllOf(HasSubstr(root.native()),
                                                HasSubstr(fmt::format("process {}", ::getpid())))));
    first->note_address("127.0.0.1:5000");
    EXPECT_THAT([&] { SoleServer{root}; },
                FailsWith(Errc::conflict, HasSubstr("at 127.0.0.1:5000")));
    SoleServer{folder.path() / "other"};

    first.reset();

    EXPECT_NO_THROW(SoleServer{root});
}

} // namespace
} // namespace strata::registry
