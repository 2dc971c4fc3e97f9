// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include "base/error.hpp"
#include "base/size.hpp"
#include "cli/output.hpp"

namespace strata::cli {
namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr std::string_view kEraseLine = "\r\x1b[K";

} // namespace

ProgressLine::ProgressLine(Output& err, Shown shown)
    : err_{err}, is_shown_{shown == Shown::on_terminals && err.is_terminal()}
{
}

ProgressLine::~ProgressLine()
{
    try {
        clear();
    } catch (const Error&) { // a terminal that has gone needs no tidying
        is_dirty_ = false;
    }
}

std::function<void(const engine::Progress&)> ProgressLine::reporter()
{
    if (!is_shown_) {
        return {};
    }
    return [this](const engine::Progress& progress) { show(progress); };
}

void ProgressLine::clear()
{
    if (is_dirty_) {
        err_.write(kEraseLine);
        err_.flush();
        is_dirty_ = false;
    }
}

void ProgressLine::show(const engine::Progress& progress)
{
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) {
        return;
    }
    next_ = now + kInterval;
    is_dirty_ = true;
    if (progress.total > 0) {
        err_.print("{}{} {} / {}", kEraseLine, progress.what,
                   human_size(static_cast<double>(progress.done)),
                   human_size(static_cast<double>(progress.total)));
    } else {
        err_.print("{}{} {}", kEraseLine, progress.what,
                   human_size(static_cast<double>(progress.done)));
    }
    err_.flush();
}

} // namespace strata::cli
