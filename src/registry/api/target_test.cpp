// SPDX-License-Identifier: Apache-2.0
#include "registry/api/target.hpp"

#include <gmock/gmock.h>

#include <string>

namespace strata::registry::api {
namespace {

std::string meaning(std::string_view path)
{
    const Target target = parse_target(path);
    return std::string{pattern(target.endpoint)} + " " + std::string{target.name} + " " +
           std::string{target.reference};
}

TEST(Target, is_what_the_last_words_say)
{
    EXPECT_EQ(meaning("/v2/a/b/blobs/sha256:0"), "/v2/{name}/blobs/{digest} a/b sha256:0");
    EXPECT_EQ(meaning("/v2/a/manifests/latest"), "/v2/{name}/manifests/{reference} a latest");
    EXPECT_EQ(meaning("/v2/a/tags/list"), "/v2/{name}/tags/list a ");
    EXPECT_EQ(meaning("/v2/a/blobs/uploads/"), "/v2/{name}/blobs/uploads/ a ");
    EXPECT_EQ(meaning("/v2/a/blobs/uploads"), "/v2/{name}/blobs/uploads/ a ");
    EXPECT_EQ(meaning("/v2/a/blobs/uploads/id"), "/v2/{name}/blobs/uploads/{upload} a id");
    EXPECT_EQ(meaning("/v2/a/referrers/sha256:0"), "/v2/{name}/referrers/{digest} a sha256:0");
}

TEST(Target, may_be_in_a_repository_that_is_called_like_an_endpoint)
{
    EXPECT_EQ(meaning("/v2/blobs/blobs/sha256:0"), "/v2/{name}/blobs/{digest} blobs sha256:0");
    EXPECT_EQ(meaning("/v2/a/blobs/manifests/x"), "/v2/{name}/manifests/{reference} a/blobs x");
    EXPECT_EQ(meaning("/v2/a/blobs/uploads/manifests/x"),
              "/v2/{name}/manifests/{reference} a/blobs/uploads x");
    EXPECT_EQ(meaning("/v2/tags/list/tags/list"), "/v2/{name}/tags/list tags/list ");
    EXPECT_EQ(meaning("/v2/a/manifests/blobs/uploads/"), "/v2/{name}/blobs/uploads/ a/manifests ");
}

TEST(Target, needs_a_name)
{
    for (const char* const path : {"/v2/manifests/latest", "/v2/tags/list", "/v2/blobs/uploads/",
                                   "/v2//tags", "/v3/a/tags/list", "/v2/a", "//", "/v2/a/b/c"}) {
        EXPECT_EQ(parse_target(path).endpoint, Endpoint::none) << path;
    }
}

TEST(Target, below_no_repository_is_looked_up)
{
    EXPECT_EQ(parse_target("/").endpoint, Endpoint::root);
    EXPECT_EQ(parse_target("/v2/").endpoint, Endpoint::base);
    EXPECT_EQ(parse_target("/v2").endpoint, Endpoint::base);
    EXPECT_EQ(parse_target("/v2/_catalog").endpoint, Endpoint::catalog);
    EXPECT_EQ(parse_target("/v1/search").endpoint, Endpoint::search_v1);
}

} // namespace
} // namespace strata::registry::api
