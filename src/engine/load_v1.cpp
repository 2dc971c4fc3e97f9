// SPDX-License-Identifier: Apache-2.0
//
// Archives of Docker before 1.10: every layer is an image with a parent, and names lead to the
// topmost.
#include "base/error.hpp"
#include "engine/docker_archive.hpp"
#include "engine/load_plan.hpp"

#include <algorithm>
#include <set>

namespace strata::engine {
namespace {

/// An image and all below it, lowest first.
std::vector<std::string> chain_of(Archive& archive, const std::string& id, std::size_t max_layers)
{
    std::vector<std::string> chain;
    std::set<std::string> seen;
    for (std::string current = id; !current.empty();) {
        if (!seen.insert(current).second) {
            throw Error{Errc::corrupt,
                        fmt::format("archive member '{}/json' is its own ancestor", current)};
        }
        if (chain.size() >= max_layers) {
            throw Error{Errc::exhausted,
                        fmt::format("image {} has more than {} layers", id, max_layers)};
        }
        chain.push_back(current);
        const std::string member = current + "/json";
        current = parse_v1_image(archive.text(member), member).parent;
    }
    std::ranges::reverse(chain);
    return chain;
}

PlannedImage plan_image(Archive& archive, const std::string& id, const PlanOptions& options)
{
    std::vector<ArchivedLayer*> layers;
    std::vector<std::string> diff_ids;
    std::vector<std::string> history;
    for (const std::string& layer_id : chain_of(archive, id, options.max_layers)) {
        const std::string member = layer_id + "/json";
        history.push_back(parse_v1_image(archive.text(member), member).history);
        layers.push_back(&archive.layer(layer_id + "/layer.tar", std::nullopt));
        diff_ids.push_back(layers.back()->diff_id.str());
    }
    std::string config = config_of_v1_image(archive.text(id + "/json"), diff_ids, history);
    return {.config = parse_config(std::move(config), id + "/json", options),
            .layers = std::move(layers)};
}

} // namespace

std::vector<PlannedImage> plan_v1_archive(Archive& archive, const PlanOptions& options)
{
    std::map<std::string, std::vector<oci::Reference>> names; // by id
    for (const auto& [repository, tags] : parse_repositories(archive.text("repositories"))) {
        for (const auto& [tag, id] : tags) {
            const auto name = oci::Reference::try_parse(fmt::format("{}:{}", repository, tag));
            if (!name || !name->tag() || name->digest()) {
                throw Error{Errc::corrupt,
                            fmt::format("repositories: invalid tag \"{}:{}\"", repository, tag)};
            }
            names[id].push_back(*name);
        }
    }
    std::vector<PlannedImage> images;
    for (auto& [id, references] : names) {
        images.push_back(plan_image(archive, id, options));
        images.back().names = std::move(references);
        check_platform(images.back(), std::nullopt);
    }
    return images;
}

} // namespace strata::engine
