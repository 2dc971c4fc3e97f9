// SPDX-License-Identifier: Apache-2.0
#include "registry/server/log.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "sys/file.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace strata::registry {
namespace {

/// What may wait to be written; beyond it lines are dropped.
constexpr std::size_t kMostPending = std::size_t{4} << 20;

std::string_view name_of(LogConfig::Level level)
{
    switch (level) {
    case LogConfig::Level::error:
        return "error";
    case LogConfig::Level::warn:
        return "warning";
    case LogConfig::Level::info:
        return "info";
    case LogConfig::Level::debug:
        return "debug";
    }
    return "";
}

bool is_plain(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_' || c == '/' || c == '@' || c == '^' || c == '+' ||
               c == ':' || c == '[' || c == ']';
    });
}

/// Builds one line, in either form.
class Line {
public:
    explicit Line(LogConfig::Format format) : json_{format != LogConfig::Format::text}
    {
        if (json_) {
            text_.push_back('{');
        }
    }

    void add(std::string_view name, std::string_view value)
    {
        begin(name);
        text_ += !json_ && is_plain(value) ? std::string{value} : json::quote(value);
    }
    void add_number(std::string_view name, std::uint64_t value)
    {
        begin(name);
        text_ += fmt::format_int{value}.str();
    }
    std::string finish() &&
    {
        text_ += json_ ? "}\n" : "\n";
        return std::move(text_);
    }

private:
    void begin(std::string_view name)
    {
        if (json_) {
            text_ += text_.size() > 1 ? "," : "";
            text_ += json::quote(name);
            text_ += ':';
        } else {
            text_ += text_.empty() ? "" : " ";
            text_ += name;
            text_ += '=';
        }
    }

    bool json_;
    std::string text_;
};

Line begin_line(const LogConfig& config, LogConfig::Level level, std::string_view message)
{
    Line line{config.format};
    const std::string time = format_rfc3339(now());
    if (config.format == LogConfig::Format::logstash) {
        line.add_number("@version", 1);
        line.add("@timestamp", time);
        line.add("level", name_of(level));
        line.add("message", message);
    } else {
        line.add("time", time);
        line.add("level", name_of(level));
        line.add("msg", message);
    }
    for (const auto& [name, value] : config.fields) {
        line.add(name, value);
    }
    return line;
}

} // namespace

Log::Log(const LogConfig& config, sys::Fd out)
    : config_{config}, out_{std::move(out)}, writer_{[this] { run(); }}
{
}

Log::~Log()
{
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
    }
    arrived_.notify_all();
    writer_.join();
}

void Log::add(const std::string& line)
{
    {
        const std::scoped_lock lock{mutex_};
        if (pending_.size() > kMostPending) {
            ++dropped_;
            return;
        }
        pending_ += line;
    }
    arrived_.notify_one();
}

void Log::write(Level level, std::string_view message, std::initializer_list<Field> fields)
{
    if (level > config_.level) {
        return;
    }
    Line line = begin_line(config_, level, message);
    for (const Field& field : fields) {
        line.add(field.name, field.value);
    }
    add(std::move(line).finish());
}

void Log::run()
{
    std::string lines;
    std::unique_lock lock{mutex_};
    while (true) {
        arrived_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
        lines.swap(pending_);
        const std::size_t dropped = std::exchange(dropped_, 0);
        const bool last = stopping_;
        lock.unlock();
        if (dropped > 0) {
            Line line = begin_line(config_, Level::warn, "log lines were dropped");
            line.add_number("count", dropped);
            lines += std::move(line).finish();
        }
        try {
            sys::write_all(out_, lines);
        } catch (const Error&) {
            // There is nobody left to tell.
        }
        lines.clear();
        lock.lock();
        if (last && pending_.empty()) {
            return;
        }
    }
}

} // namespace strata::registry
