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

std::size_t volume_count(const engine::Container& container)
{
    return static_cast<std::size_t>(std::ranges::count(
        container.config.mounts, container::MountKind::volume, &container::MountPoint::kind));
}

} // namespace strata::cli
