// SPDX-License-Identifier: Apache-2.0
#include "cli/container_texts.hpp"

#include "base/strings.hpp"
#include "base/time.hpp"
#include "cli/format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace strata::cli {

std::string status_text(const engine::Container& container)
{
    const std::int64_t now_ns = now().time_since_epoch().count();
    switch (container.state) {
    case container::State::created:
        return "Created";
    case container::State::running:
        return fmt::format("Up {}",
                           human_duration(std::chrono::nanoseconds{now_ns - container.started_ns}));
    case container::State::exited:
        return fmt::format(
            "Exited ({}) {} ago", container.exit_code,
            human_duration(std::chrono::nanoseconds{now_ns - container.finished_ns}));
    }
    return {};
}

std::string command_text(const engine::Container& container, Truncate truncate)
{
    constexpr std::size_t kColumns = 20;
    std::vector<std::string> words = container.config.arguments();
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i].find(' ') != std::string::npos) {
            words[i] = fmt::format("'{}'", words[i]);
        }
    }
    const std::string whole = join(words, " ");
    return go_quote(truncate == Truncate::yes ? ellipsis(whole, kColumns) : whole);
}

std::string labels_text(const engine::Container& container)
{
    std::vector<std::string> labels;
    for (const auto& [key, value] : container.config.labels) {
        labels.push_back(fmt::format("{}={}", key, value));
    }
    return join(labels, ",");
}

std::string mounts_text(const engine::Container& container, Truncate truncate)
{
    constexpr std::size_t kColumns = 15;
    std::vector<std::string> sources;
    for (const container::MountPoint& mount : container.config.mounts) {
        if (mount.kind != container::MountKind::tmpfs) {
            sources.push_back(truncate == Truncate::yes ? ellipsis(mount.source, kColumns)
                                                        : mount.source);
        }
    }
    return join(sources, ",");
}

std::string networks_text(const engine::Container& container)
{
    return container.config.network == container::NetworkMode::host ? "host" : "none";
}

std::size_t volume_count(const engine::Container& container)
{
    return static_cast<std::size_t>(std::ranges::count(
        container.config.mounts, container::MountKind::volume, &container::MountPoint::kind));
}

} // namespace strata::cli
