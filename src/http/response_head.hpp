// SPDX-License-Identifier: Apache-2.0
//
// The header of an answer, as bytes, and what it says about the body that follows.
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace strata::http {

/// "Date: Sat, 21 Nov 2026 03:00:00 GMT\r\n" of the present second, formatted once a second.
class DateLine {
public:
    std::string_view get();

private:
    std::time_t second_ = -1;
    std::string text_;
};

/// What the request and the connection have to do with the answer.
struct AnswerTo {
    bool head = false;     // HEAD: nothing but the header goes out
    bool http_1_0 = false; // knows no chunks
    bool keep_alive = true;
};

/// How the end of a body shows.
struct BodyPlan {
    bool send = false;        // a body goes out at all
    bool chunked = false;     //
    bool keep_alive = false;  // what was promised; false also where only the end can show the end
    std::uint64_t length = 0; // unless chunked; of what goes out
};

/// Appends status line and fields, with the empty line, to `out`. Line breaks and NULs in what a
/// handler put into a field become blanks: nobody may smuggle a field through a value.
BodyPlan append_head(std::string& out, const Response& response, const AnswerTo& request,
                     std::string_view date_line);

} // namespace strata::http
