// SPDX-License-Identifier: Apache-2.0
#include "cli/prune.hpp"

#include "base/size.hpp"
#include "cli/output.hpp"

namespace strata::cli {

void print_pruned(Output& out, const engine::Pruned& images)
{
    if (images.removed.empty()) {
        return;
    }
    out.write("Deleted Images:\n");
    for (const engine::Removed& one : images.removed) {
        out.print("{}: {}\n", one.kind == engine::Removed::Kind::untagged ? "untagged" : "deleted",
                  one.what);
    }
    out.write("\n");
}

void print_pruned(Output& out, const engine::PrunedContainers& containers)
{
    if (containers.ids.empty()) {
        return;
    }
    out.write("Deleted Containers:\n");
    for (const std::string& id : containers.ids) {
        out.print("{}\n", id);
    }
    out.write("\n");
}

void print_reclaimed(Output& out, std::uint64_t bytes)
{
    out.print("Total reclaimed space: {}\n", human_size(static_cast<double>(bytes)));
}

} // namespace strata::cli
