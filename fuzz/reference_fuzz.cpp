// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"

#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace strata;
    const std::string_view text{reinterpret_cast<const char*>(data), size};

    // Whatever is accepted is the same after being written and read, in both of its forms.
    if (const auto reference = oci::Reference::try_parse(text)) {
        if (oci::Reference::parse(reference->str()) != *reference ||
            oci::Reference::parse(reference->familiar()) != *reference) {
            std::abort();
        }
    }
    try {
        const oci::Platform platform = oci::Platform::parse(text);
        if (oci::Platform::parse(platform.str()) != platform) {
            std::abort();
        }
    } catch (const Error&) { // refused, which is as good
    }
    return 0;
}
