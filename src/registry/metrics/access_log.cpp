// SPDX-License-Identifier: Apache-2.0
#include "registry/metrics/access_log.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "registry/metrics/counters.hpp"
#include "sys/file.hpp"

#include <ctime>
#include <iterator>

namespace strata::registry {
namespace {

using namespace std::chrono_literals;

constexpr auto kWriteEvery = 200ms;
constexpr std::size_t kWriteEarly = 64 << 10;
constexpr std::size_t kMostWaiting = 8 << 20;

/// "10/Oct/2000:13:55:36 +0000". Made once a second and thread.
const std::string& apache_time(std::time_t seconds)
{
    thread_local std::time_t made_for = -1;
    thread_local std::string text;
    if (seconds != made_for) {
        made_for = seconds;
        constexpr auto kMonths = std::to_array<const char*>(
            {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});
        std::tm parts{};
        ::gmtime_r(&seconds, &parts);
        text = fmt::format("{:02}/{}/{}:{:02}:{:02}:{:02} +0000", parts.tm_mday,
                           kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                           parts.tm_hour, parts.tm_min, parts.tm_sec);
    }
    return text;
}

/// What strangers wrote, so that a line stays a line and a quoted text stays one.
void append_quoted(std::string& out, std::string_view text)
{
    for (const char c : text.substr(0, 2048)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
}

void append_field(std::string& out, const http::Request& request, std::string_view name)
{
    out += " \"";
    append_quoted(out, request.field(name).value_or("-"));
    out += '"';
}

void append_target(std::string& out, const http::Request& request)
{
    out += request.path();
    if (!request.query().empty()) {
        out += '?';
        out += request.query();
    }
}

std::string text_line(const http::Request& request, const http::Outcome& outcome,
                      std::string_view user)
{
    std::string target;
    append_target(target, request);
    std::string line;
    line += request.peer().address.empty() ? "@" : request.peer().address;
    line += " - ";
    append_quoted(line, user.empty() ? "-" : user);
    line += " [" + apache_time(std::time(nullptr)) + "] \"";
    line += request.method_name();
    line += ' ';
    append_quoted(line, target);
    fmt::format_to(std::back_inserter(line), " HTTP/1.1\" {} {}", outcome.status,
                   outcome.body_sent);
    append_field(line, request, "Referer");
    append_field(line, request, "User-Agent");
    return line;
}

/// How a line begins, in the words of whoever reads it.
std::string json_start(LogConfig::Format format)
{
    constexpr std::string_view kWhat = "response completed";
    return format == LogConfig::Format::logstash
               ? fmt::format(R"({{"@version":1,"@timestamp":"{}","level":"info","message":"{}")",
                             format_rfc3339(now()), kWhat)
               : fmt::format(R"({{"time":"{}","level":"info","msg":"{}")", format_rfc3339(now()),
                             kWhat);
}

std::string json_line(LogConfig::Format format, const http::Request& request,
                      const http::Outcome& outcome, std::string_view user, std::string_view fields)
{
    std::string target;
    append_target(target, request);
    const double milliseconds = std::chrono::duration<double, std::milli>{outcome.took}.count();
    return fmt::format(
        R"({},"http.request.method":{},"http.request.uri":{},)"
        R"("http.request.host":{},"http.request.remoteaddr":{},)"
        R"("http.request.useragent":{},"http.response.status":{},"http.response.written":{},)"
        R"("http.request.read":{},"http.response.duration_ms":{:.3f},"http.response.complete":{},)"
        R"("auth.user.name":{}{}}})",
        json_start(format), json::quote(request.method_name()), json::quote(target),
        json::quote(request.field("Host").value_or("")),
        json::quote(fmt::format("{}:{}", request.peer().address, request.peer().port)),
        json::quote(request.field("User-Agent").value_or("")), outcome.status, outcome.body_sent,
        outcome.body_taken, milliseconds, outcome.complete, json::quote(user), fields);
}

} // namespace

AccessLog::AccessLog(sys::Fd file, Format format, const std::map<std::string, std::string>& fields)
    : file_{std::move(file)}, format_{format}
{
    for (const auto& [name, value] : fields) {
        fields_ += "," + json::quote(name) + ":" + json::quote(value);
    }
    thread_ = std::thread{[this] { run(); }};
}

AccessLog::~AccessLog()
{
    {
        const std::scoped_lock lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void AccessLog::request_ended(const http::Request& request, const http::Outcome& outcome,
                              std::string_view user)
{
    add(format_ == Format::text ? text_line(request, outcome, user)
                                : json_line(format_, request, outcome, user, fields_));
}

void AccessLog::add(std::string_view line)
{
    Shard& shard = shards_[counter_shard() % kShards];
    std::size_t waiting = 0;
    {
        const std::scoped_lock lock{shard.mutex};
        if (shard.lines.size() + line.size() > kMostWaiting / kShards) {
            ++shard.dropped;
            return;
        }
        shard.lines += line;
        shard.lines += '\n';
        waiting = shard.lines.size();
    }
    if (waiting >= kWriteEarly && waiting - line.size() - 1 < kWriteEarly) {
        changed_.notify_one();
    }
}

std::string AccessLog::take()
{
    std::string all;
    for (Shard& shard : shards_) {
        std::string lines;
        std::uint64_t dropped = 0;
        {
            const std::scoped_lock lock{shard.mutex};
            lines.swap(shard.lines);
            dropped = std::exchange(shard.dropped, 0);
        }
        all += lines;
        if (dropped > 0) {
            all += fmt::format("# {} lines were dropped: nobody took them in time\n", dropped);
        }
    }
    return all;
}

void AccessLog::run()
{
    for (bool last = false; !last;) {
        {
            std::unique_lock lock{mutex_};
            if (!stopping_) {
                changed_.wait_for(lock, kWriteEvery);
            }
            last = stopping_;
        }
        const std::string lines = take();
        try {
            sys::write_all(file_, lines);
        } catch (const Error&) { // a closed pipe, a full disk: there is nobody to tell
        }
    }
}

} // namespace strata::registry
