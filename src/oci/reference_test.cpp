// SPDX-License-Identifier: Apache-2.0
#include "oci/reference.hpp"
#include "testing/errors.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace strata::oci {
namespace {

using strata::testing::FailsWith;

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct Accepted {
    std::string written, familiar, canonical;
};

class AcceptedReference : public ::testing::TestWithParam<Accepted> {};

TEST_P(AcceptedReference, is_familiar_to_people_and_canonical_to_programs)
{
    const Reference reference = Reference::parse(GetParam().written);

    EXPECT_EQ(reference.familiar(), GetParam().familiar);
    EXPECT_EQ(reference.str(), GetParam().canonical);
}

TEST_P(AcceptedReference, survives_being_written_and_read)
{
    const Reference reference = Reference::parse(GetParam().written);

    EXPECT_EQ(Reference::parse(reference.str()), reference);
    EXPECT_EQ(Reference::parse(reference.familiar()), reference);
}

// What Docker 26 accepts as a name for an image, and calls it afterwards.
INSTANTIATE_TEST_SUITE_P(
    Docker, AcceptedReference,
    ::testing::ValuesIn(std::vector<Accepted>{
        {"ubuntu", "ubuntu", "docker.io/library/ubuntu"},
        {"user/x", "user/x", "docker.io/user/x"},
        {"library/ubuntu", "ubuntu", "docker.io/library/ubuntu"},
        {"index.docker.io/ubuntu", "ubuntu", "docker.io/library/ubuntu"},
        {"index.docker.io/library/ubuntu", "ubuntu", "docker.io/library/ubuntu"},
        {"docker.io/ubuntu", "ubuntu", "docker.io/library/ubuntu"},
        {"docker.io/user/x:1", "user/x:1", "docker.io/user/x:1"},
        {"docker.io/library/a/b", "library/a/b", "docker.io/library/a/b"},
        {"docker.io", "docker.io", "docker.io/library/docker.io"},
        {"docker.io/docker.io", "docker.io", "docker.io/library/docker.io"},
        {"host:5000/a/b:tag", "host:5000/a/b:tag", "host:5000/a/b:tag"},
        {"host:5000/a/b:tag@" + kDigest, "host:5000/a/b:tag@" + kDigest,
         "host:5000/a/b:tag@" + kDigest},
        {"ubuntu@" + kDigest, "ubuntu@" + kDigest, "docker.io/library/ubuntu@" + kDigest},
        {"ubuntu:22.04@" + kDigest, "ubuntu:22.04@" + kDigest,
         "docker.io/library/ubuntu:22.04@" + kDigest},
        {"localhost/x", "localhost/x", "localhost/x"},
        {"localhost:5000", "localhost:5000", "docker.io/library/localhost:5000"},
        {"localhost:5000/x", "localhost:5000/x", "localhost:5000/x"},
        {"Foo/bar", "Foo/bar", "Foo/bar"},
        {"DOCKER.IO/x", "DOCKER.IO/x", "DOCKER.IO/x"},
        {"foo_bar/x", "foo_bar/x", "docker.io/foo_bar/x"},
        {"foo_bar.com/x", "foo_bar.com/x", "foo_bar.com/x"},
        {"[::1]:5000/x", "[::1]:5000/x", "[::1]:5000/x"},
        {"[2001:db8::1]/x:1", "[2001:db8::1]/x:1", "[2001:db8::1]/x:1"},
        {"1.2.3.4:5/x", "1.2.3.4:5/x", "1.2.3.4:5/x"},
        {"ex.com:99999999/x", "ex.com:99999999/x", "ex.com:99999999/x"},
        {"a--b", "a--b", "docker.io/library/a--b"},
        {"a__b", "a__b", "docker.io/library/a__b"},
        {"a:_b", "a:_b", "docker.io/library/a:_b"},
        {"x:Latest", "x:Latest", "docker.io/library/x:Latest"},
        {"latest:latest", "latest:latest", "docker.io/library/latest:latest"},
        {"x/" + kHex, "x/" + kHex, "docker.io/x/" + kHex},
        {"ex.com/" + std::string(255, 'a'), "ex.com/" + std::string(255, 'a'),
         "ex.com/" + std::string(255, 'a')},
        {"a:" + std::string(128, 't'), "a:" + std::string(128, 't'),
         "docker.io/library/a:" + std::string(128, 't')},
    }));

struct Refused {
    std::string written, message;
};

class RefusedReference : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedReference, is_refused_in_dockers_words)
{
    EXPECT_THAT([] { Reference::parse(GetParam().written); },
                FailsWith(Errc::invalid_argument, ::testing::StrEq(GetParam().message)))
        << GetParam().written;
}

const std::string kFormat = "invalid reference format";

INSTANTIATE_TEST_SUITE_P(
    Docker, RefusedReference,
    ::testing::ValuesIn(std::vector<Refused>{
        {"", kFormat},
        {"Ubuntu", kFormat + ": repository name (library/Ubuntu) must be lowercase"},
        {"FOO/BAR", kFormat + ": repository name (BAR) must be lowercase"},
        {"a/B:Tag", kFormat + ": repository name (a/B) must be lowercase"},
        {"Foo_bar/x", "repository name must be lowercase"},
        {"a//b", kFormat},
        {"a/", kFormat},
        {"/a", kFormat},
        {"docker.io/", kFormat},
        {"-a", kFormat},
        {"a-", kFormat},
        {"a___b", kFormat},
        {"a._b", kFormat},
        {"a..b", kFormat},
        {"a:", kFormat},
        {"a:b:c", kFormat},
        {"a:.b", kFormat},
        {"a:-b", kFormat},
        {"a: b", kFormat},
        {"a b", kFormat},
        {" a", kFormat},
        {"a\n", kFormat},
        {std::string{"a\0b", 3}, kFormat},
        {"é", kFormat},
        {"a:" + std::string(129, 't'), kFormat},
        {"ex.com:/x", kFormat},
        {"ex.com:80a/x", kFormat},
        {"ex..com/x", kFormat},
        {"-ex.com/x", kFormat},
        {"ex-.com/x", kFormat},
        {"[fe80::1%25eth0]/x", kFormat},
        {"[]/x", kFormat},
        {"[::1/x", kFormat},
        {"[::1]]/x", kFormat},
        {"x@", kFormat},
        {"x@foo:bar", kFormat},
        {"x@sha256:abc", kFormat},
        {"x@" + kDigest + "@" + kDigest, kFormat},
        {"x@" + kDigest + ":tag", kFormat},
        {"x@" + kDigest + "a", "invalid checksum digest length"},
        {"x@sha256:" + std::string(64, 'A'), "invalid checksum digest format"},
        {"x@md5:" + std::string(32, '0'), "unsupported digest algorithm"},
        {"x@SHA256:" + kHex, kFormat + ": repository name (library/x@SHA256) must be lowercase"},
        {kHex,
         "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings"},
        {std::string(255, 'a'), "repository name must not be more than 255 characters"},
        {"ex.com/" + std::string(256, 'a'), "repository name must not be more than 255 characters"},
    }));

TEST(Reference, gets_the_tag_latest_only_when_it_names_nothing_in_particular)
{
    EXPECT_EQ(Reference::parse("a").with_default_tag().familiar(), "a:latest");
    EXPECT_EQ(Reference::parse("a:1").with_default_tag().familiar(), "a:1");
    EXPECT_EQ(Reference::parse("a@" + kDigest).with_default_tag().familiar(), "a@" + kDigest);
}

TEST(Reference, parts_can_be_replaced)
{
    const Reference reference = Reference::parse("host/a:1@" + kDigest);

    EXPECT_EQ(reference.name_only().familiar(), "host/a");
    EXPECT_EQ(reference.name_only().with_tag("2").familiar(), "host/a:2");
    EXPECT_EQ(reference.name_only().with_digest(Digest::parse(kDigest)).familiar(),
              "host/a@" + kDigest);
    EXPECT_THAT([&] { reference.with_tag("a/b"); },
                FailsWith(Errc::invalid_argument, ::testing::StrEq("invalid tag format")));
}

} // namespace
} // namespace strata::oci
