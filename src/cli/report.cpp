// SPDX-License-Identifier: Apache-2.0
#include "cli/report.hpp"

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/version.hpp"

#include <algorithm>
#include <array>

namespace strata::cli {
namespace {

/// How the messages begin that the Docker daemon would have sent, and that scripts and people
/// search for. Whoever throws one of them uses Docker's words to the letter; the frame around them
/// is added here. (What `run` throws is framed whatever it says.)
constexpr std::array<std::string_view, 13> kDaemonTexts{
    "refusing to create an ambiguous tag",
    "cannot import digest reference",
    "No such image",
    "No such container",
    "reference does not exist",
    "invalid filter '",
    "conflict: ",
    "Conflict. ",
    "cannot remove container",
    "unrecognized image format",
    "image with reference",
    "multiple IDs found with provided prefix",
    "failed to parse value as time or duration",
};
/// And those that Docker's client says by itself, with nothing before them.
constexpr std::array<std::string_view, 10> kClientTexts{
    "Error parsing reference: ",
    "invalid platform: ",
    "failed to save image: ",
    "container ID file found",
    "refusing to create a tag with a digest reference",
    "cowardly refusing to save ",
    "requested load from stdin",
    "error parsing specified platform: ",
    "invalid spec: ",
    "invalid empty volume spec",
};
/// The lower case is Go's.
constexpr std::array<std::string_view, 4> kFileTexts{
    ": no such file or directory", ": permission denied", ": is a directory", ": not a directory"};
constexpr std::string_view kWrongReference = "invalid reference format";
constexpr std::string_view kFromDaemon = "Error response from daemon: ";
constexpr std::string_view kTemplateError = "template parsing error: ";
constexpr std::string_view kNoSuchObject = "No such object: "; // the client's own, there as well

bool is_daemon_text(std::string_view message)
{
    return message.starts_with(kWrongReference) ||
           message.ends_with(" is not a valid change command") ||
           message.ends_with(": unknown operating system or architecture: invalid argument") ||
           std::ranges::any_of(kDaemonTexts,
                               [&](std::string_view start) { return message.starts_with(start); });
}

/// `command` looks at names itself, before the daemon would.
bool is_client_text(std::string_view message, std::string_view command)
{
    const bool of_file = message.starts_with("open ") || message.starts_with("read ");
    return std::ranges::any_of(
               kClientTexts, [&](std::string_view start) { return message.starts_with(start); }) ||
           (of_file &&
            std::ranges::any_of(kFileTexts,
                                [&](std::string_view end) { return message.ends_with(end); })) ||
           (message.starts_with(kWrongReference) &&
            (command.ends_with("import") || command.ends_with("commit") ||
             command.ends_with("run")));
}

void print_context(Output& err, const Error& error)
{
    for (const std::string& doing : error.context()) {
        err.print("  while     {}\n", without_controls(doing));
    }
}

void report_run(Output& err, const Error& error, std::string_view command)
{
    const std::string message = without_controls(error.message());
    err.print("strata: {}{}\n", is_client_text(message, command) ? "" : kFromDaemon, message);
    print_context(err, error);
    err.print("\nRun 'strata {} --help' for more information\n", command);
    if (!error.hint().empty()) {
        err.print("{}\n", without_controls(error.hint()));
    }
}

std::string_view name_of(Errc code)
{
    switch (code) {
    case Errc::invalid_argument:
        return "invalid argument";
    case Errc::not_found:
        return "not found";
    case Errc::already_exists:
        return "already exists";
    case Errc::conflict:
        return "conflict";
    case Errc::unauthorized:
        return "unauthorized";
    case Errc::denied:
        return "denied";
    case Errc::unavailable:
        return "unavailable: may succeed if tried again";
    case Errc::exhausted:
        return "exhausted";
    case Errc::corrupt:
        return "corrupt";
    case Errc::unsupported:
        return "unsupported";
    case Errc::cancelled:
        return "cancelled";
    case Errc::internal:
        return "internal: a bug in strata";
    }
    return "";
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

/// run's 126 and 127 depend on words of the OCI runtime's message, in Docker as here: there is
/// nothing else to go by.
ExitStatus run_status(const Error& error)
{
    const std::string_view message = error.message();
    if (message.starts_with("open ") && message.ends_with("no such file or directory")) {
        // A file of the caller's, such as --env-file.
        return ExitStatus::engine_error;
    }
    if (contains(message, "executable file not found") ||
        contains(message, "no such file or directory")) {
        return ExitStatus::not_found;
    }
    if (contains(message, "permission denied") || contains(message, "is a directory")) {
        return ExitStatus::cannot_invoke;
    }
    return ExitStatus::engine_error;
}

} // namespace

ExitStatus status_for(const Error& error, FailureStyle style) noexcept
{
    switch (error.code()) {
    case Errc::cancelled:
        return ExitStatus::interrupted;
    case Errc::invalid_argument:
        return style == FailureStyle::inspect ? ExitStatus::template_error
               : style == FailureStyle::run   ? run_status(error)
                                              : ExitStatus::failure;
    case Errc::not_found:
    case Errc::already_exists:
    case Errc::conflict:
    case Errc::unauthorized:
    case Errc::denied:
    case Errc::unavailable:
    case Errc::exhausted:
    case Errc::corrupt:
    case Errc::unsupported:
    case Errc::internal:
        return style == FailureStyle::run ? run_status(error) : ExitStatus::failure;
    }
    return ExitStatus::failure;
}

void report(Output& err, const Error& error, FailureStyle style, std::string_view command)
{
    if (style == FailureStyle::run) {
        report_run(err, error, command);
        return;
    }
    const std::string message = without_controls(error.message());
    const std::string_view frame = message.starts_with(kTemplateError)  ? ""
                                   : message.starts_with(kNoSuchObject) ? "Error: "
                                   : is_client_text(message, command)   ? ""
                                   : is_daemon_text(message)            ? kFromDaemon
                                                                        : "error: ";
    err.print("{}{}\n", frame, message);
    print_context(err, error);
    if (!error.hint().empty()) {
        err.print("{}\n", without_controls(error.hint()));
    }
}

void report_details(Output& err, const Error& error)
{
    err.print("  kind      {}\n  program   strata {}, build {}\n", name_of(error.code()),
              version::number(), version::commit());
}

void Failures::caught(const Error& error)
{
    if (error.code() == Errc::cancelled) {
        throw; // the user, or whoever reads our output, has had enough
    }
    report(err_, error, FailureStyle::plain, {});
    failed_ = true;
}

} // namespace strata::cli
