// SPDX-License-Identifier: Apache-2.0
//
// Paths and ranges of requests to the registry: what is found is part of what was given, and in it.
#include "registry/api/ranges.hpp"
#include "registry/api/target.hpp"
#include "registry/names.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace strata::registry;
using namespace strata::registry::api;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

/// The pattern, filled in with what was found, is the path again.
void check_path(std::string_view path)
{
    const Target target = parse_target(path);
    if (target.endpoint == Endpoint::none) {
        return;
    }
    // From the back, so that what a name holds is not taken for a placeholder.
    std::string again{pattern(target.endpoint)};
    if (again.ends_with('}')) {
        again.replace(again.rfind('{'), again.npos, target.reference);
    }
    if (const std::size_t name = again.find("{name}"); !target.name.empty()) {
        again.replace(name, 6, target.name);
    }
    require(again == path || again == std::string{path} + "/");
    if (is_repository_name(target.name)) {
        require(target.name.size() <= 255 && target.name.find("..") == target.name.npos);
    }
}

void check_ranges(std::string_view field, std::uint64_t size)
{
    const RangeRequest asked = parse_range(field, size);
    if (asked.kind == RangeRequest::Kind::part) {
        require(asked.range.length > 0 && asked.range.offset < size &&
                asked.range.length <= size - asked.range.offset);
    }
    if (const auto chunk = parse_content_range(field)) {
        require(chunk->length > 0 && chunk->offset + chunk->length > chunk->offset);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_path(text);
    for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, ~0ULL}) {
        check_ranges(text, bytes);
    }
    return 0;
}
