// SPDX-License-Identifier: Apache-2.0
//
// An archive in memory, whose layers need not be tars: what is planned from one is decided by names
// and digests alone.
#pragma once

#include "base/error.hpp"
#include "engine/archive.hpp"

#include <map>
#include <memory>
#include <string>

namespace strata::engine::testing {

class FakeArchive final : public Archive {
public:
    /// A document, or an uncompressed layer.
    FakeArchive& add(const std::string& name, std::string content)
    {
        members_[name] = std::move(content);
        return *this;
    }
    /// Under the name that its digest gives it, which is returned.
    std::string add_blob(std::string content)
    {
        std::string name = "blobs/sha256/" + oci::Digest::of(content).hex();
        members_[name] = std::move(content);
        return name;
    }

    bool contains(std::string_view name) const override { return members_.contains(name); }
    std::string text(std::string_view name) override
    {
        const auto found = members_.find(name);
        if (found == members_.end()) {
            throw Error{Errc::corrupt, fmt::format("the archive has no member '{}'", name)};
        }
        return found->second;
    }
    ArchivedLayer& layer(std::string_view name, const std::optional<oci::DiffId>&) override
    {
        const std::string content = text(name);
        auto& layer = layers_[std::string{name}];
        if (!layer) {
            const oci::Digest digest = oci::Digest::of(content);
            layer = std::make_unique<ArchivedLayer>(ArchivedLayer{
                .diff_id = {digest}, .digest = digest, .bytes = content.size(), .pending = {}});
        }
        return *layer;
    }

private:
    std::map<std::string, std::string, std::less<>> members_;
    std::map<std::string, std::unique_ptr<ArchivedLayer>> layers_;
};

} // namespace strata::engine::testing
