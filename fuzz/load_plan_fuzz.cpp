// SPDX-License-Identifier: Apache-2.0
//
// Archives of images, as far as their documents go. Members are separated by 0xff, and each is its
// name, a line feed, its content. Digests cannot be guessed, so they are filled in: "@3" is the hex
// digest of the fourth member, "#3" its size, and a member called "@" is called after its own
// digest.
#include "base/error.hpp"
#include "base/strings.hpp"
#include "engine/load_plan.hpp"
#include "engine/testing/fake_archive.hpp"

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace strata;

std::string filled_in(std::string_view text, const std::vector<std::string>& members)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t number =
            i + 1 < text.size() ? static_cast<std::size_t>(text[i + 1] - '0') : members.size();
        if ((text[i] != '@' && text[i] != '#') || number >= members.size()) {
            result += text[i];
            continue;
        }
        result += text[i] == '@' ? oci::Digest::of(members[number]).hex()
                                 : std::to_string(members[number].size());
        ++i;
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    engine::testing::FakeArchive archive;
    std::vector<std::string> members;
    for (const std::string& part : split({reinterpret_cast<const char*>(data), size}, '\xff')) {
        const auto halves = split_once(part, '\n');
        if (!halves) {
            continue;
        }
        members.push_back(filled_in(halves->second, members));
        if (halves->first == "@") {
            archive.add_blob(members.back());
        } else {
            archive.add(filled_in(halves->first, members), members.back());
        }
    }
    try {
        for (const engine::PlannedImage& image : engine::plan_load(archive)) {
            // Every layer is the one that the config names.
            if (image.layers.size() != image.config->diff_ids.size()) {
                std::abort();
            }
            for (std::size_t i = 0; i < image.layers.size(); ++i) {
                if (image.layers[i]->diff_id != image.config->diff_ids[i]) {
                    std::abort();
                }
            }
        }
    } catch (const Error& error) {
        if (error.code() == Errc::internal) {
            std::abort();
        }
    }
    return 0;
}
