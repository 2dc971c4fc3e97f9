// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"

#include <cstdlib>
#include <string_view>

namespace {

using namespace strata;

/// What is accepted must print as something that is accepted, and that prints the same again.
template <typename Document>
void check(std::string_view text)
{
    std::string printed;
    try {
        printed = Document::parse(text).print();
    } catch (const Error& error) {
        if (error.code() == Errc::internal) {
            std::abort();
        }
        return;
    }
    if (Document::parse(printed).print() != printed) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check<oci::ImageConfig>(text);
    check<oci::Manifest>(text);
    check<oci::Index>(text);
    check<oci::Descriptor>(text);
    try {
        oci::parse_manifest_or_index(text);
    } catch (const Error&) { // refused, which is as good
    }
    return 0;
}
