// SPDX-License-Identifier: Apache-2.0
#include "registry/testing/collection_contract.hpp"
#include "registry/testing/metadata_contract.hpp"

namespace strata::registry::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(sqlite, MetadataContract,
                         ::testing::Values(MetadataUnderTest{"sqlite", open_sqlite_metadata}));

} // namespace
} // namespace strata::registry::testing
