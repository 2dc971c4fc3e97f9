// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <cstdint>
#include <cstdlib>

namespace strata {
namespace {

using namespace std::chrono;

// What a Timestamp can hold. In seconds: compared with one, a larger time would overflow.
constexpr sys_seconds kFirst{seconds{-9'223'372'036}};
constexpr sys_seconds kLast{seconds{9'223'372'035}};

/// Takes a text apart from the left; any surprise makes the whole thing fail.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_{text}, rest_{text} {}

    [[noreturn]] void fail() const
    {
        throw Error{Errc::invalid_argument,
                    fmt::format("'{}' is not an RFC 3339 time such as 2024-05-01T12:00:00Z",
                                text_.substr(0, 64))};
    }

    int digits(std::size_t count, int least, int most)
    {
        const auto value = parse_integer<unsigned>(take(count));
        if (!value || static_cast<int>(*value) < least || static_cast<int>(*value) > most) {
            fail();
        }
        return static_cast<int>(*value);
    }

    void expect(char c)
    {
        if (take(1).front() != c) {
            fail();
        }
    }

    bool accept(char c)
    {
        if (!rest_.starts_with(c)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// All digits that follow, as a fraction of a second; what is finer than we know is cut off.
    nanoseconds fraction()
    {
        const std::size_t length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (length == 0) {
            fail();
        }
        std::string nine{rest_.substr(0, std::min<std::size_t>(length, 9))};
        nine.resize(9, '0');
        rest_.remove_prefix(length);
        return nanoseconds{*parse_integer<std::int64_t>(nine)};
    }

    void expect_end() const
    {
        if (!rest_.empty()) {
            fail();
        }
    }

private:
    std::string_view take(std::size_t count)
    {
        if (rest_.size() < count) {
            fail();
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view text_, rest_;
};

minutes offset(Scanner& scanner)
{
    if (scanner.accept('Z')) {
        return minutes{0};
    }
    const bool west = scanner.accept('-');
    if (!west) {
        scanner.expect('+');
    }
    const int hour = scanner.digits(2, 0, 24);
    scanner.expect(':');
    const minutes total = hours{hour} + minutes{scanner.digits(2, 0, 60)};
    return west ? -total : total;
}

Timestamp clamped(sys_seconds time, nanoseconds fraction)
{
    if (time < kFirst) {
        return kZeroTime;
    }
    return time > kLast ? Timestamp::max() : Timestamp{time} + fraction;
}

std::string format_seconds(Timestamp time)
{
    if (time == kZeroTime) {
        return "0001-01-01T00:00:00";
    }
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

} // namespace

Timestamp now()
{
    return time_point_cast<nanoseconds>(system_clock::now());
}

Timestamp parse_rfc3339(std::string_view text)
{
    Scanner scanner{text};
    const year y{scanner.digits(4, 0, 9999)};
    scanner.expect('-');
    const month m{static_cast<unsigned>(scanner.digits(2, 1, 12))};
    scanner.expect('-');
    const day d{static_cast<unsigned>(scanner.digits(2, 1, 31))};
    const year_month_day date{y, m, d};
    if (!date.ok()) {
        scanner.fail();
    }
    scanner.expect('T');
    seconds clock = hours{scanner.digits(2, 0, 23)};
    scanner.expect(':');
    clock += minutes{scanner.digits(2, 0, 59)};
    scanner.expect(':');
    clock += seconds{scanner.digits(2, 0, 59)}; // no leap seconds, as in Go
    const nanoseconds fraction = scanner.accept('.') ? scanner.fraction() : nanoseconds{0};
    const minutes east = offset(scanner);
    scanner.expect_end();
    return clamped(sys_seconds{sys_days{date}} + clock - east, fraction);
}

std::string format_rfc3339(Timestamp time)
{
    std::string text = format_seconds(time);
    const auto fraction = time == kZeroTime ? nanoseconds{0} : time - floor<seconds>(time);
    if (fraction.count() != 0) {
        std::string digits = fmt::format("{:09}", fraction.count());
        digits.erase(digits.find_last_not_of('0') + 1);
        text += '.';
        text += digits;
    }
    return text + 'Z';
}

std::string format_rfc3339_seconds(Timestamp time)
{
    return format_seconds(time) + 'Z';
}

std::string human_duration(nanoseconds duration)
{
    const auto whole = duration_cast<seconds>(duration).count();
    const auto whole_minutes = whole / 60;
    const auto rounded_hours = duration_cast<hours>(duration + minutes{30}).count();
    constexpr std::int64_t kDay = 24, kWeek = 7 * kDay, kMonth = 30 * kDay, kYear = 365 * kDay;
    if (whole < 1) {
        return "Less than a second";
    }
    if (whole == 1) {
        return "1 second";
    }
    if (whole < 60) {
        return fmt::format("{} seconds", whole);
    }
    if (whole_minutes == 1) {
        return "About a minute";
    }
    if (whole_minutes < 60) {
        return fmt::format("{} minutes", whole_minutes);
    }
    if (rounded_hours == 1) {
        return "About an hour";
    }
    if (rounded_hours < 2 * kDay) {
        return fmt::format("{} hours", rounded_hours);
    }
    if (rounded_hours < 2 * kWeek) {
        return fmt::format("{} days", rounded_hours / kDay);
    }
    if (rounded_hours < 2 * kMonth) {
        return fmt::format("{} weeks", rounded_hours / kWeek);
    }
    if (rounded_hours < 2 * kYear) {
        return fmt::format("{} months", rounded_hours / kMonth);
    }
    return fmt::format("{} years", duration_cast<hours>(duration).count() / kYear);
}

std::optional<Timestamp> source_date_epoch()
{
    const char* const text = std::getenv("SOURCE_DATE_EPOCH");
    if (text == nullptr || *text == '\0') {
        return std::nullopt;
    }
    const auto value = parse_integer<std::int64_t>(text);
    if (!value || *value < 0 || sys_seconds{seconds{*value}} > kLast) {
        throw Error{
            Errc::invalid_argument,
            fmt::format("SOURCE_DATE_EPOCH: '{}' is not a number of seconds since 1970", text)};
    }
    return Timestamp{seconds{*value}};
}

} // namespace strata
