// SPDX-License-Identifier: Apache-2.0
//
// From words to a command: global flags, the command's name, its flags, its arguments, its run, its
// failure.
#include "cli/dispatch.hpp"

#include "cli/args.hpp"
#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/report.hpp"
#include "cli/session.hpp"
#include "cli/version.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace strata::cli {
namespace {

struct Found {
    const Command* command = nullptr;
    std::string called; // "image ls"
    std::size_t words = 0;
};

/// The longest name that the words begin with.
std::optional<Found> find(std::span<const std::string_view> words)
{
    for (const std::size_t count : {2U, 1U}) {
        if (words.size() >= count) {
            std::string name{words[0]};
            name += count == 2 ? " " + std::string{words[1]} : "";
            if (const Command* const command = find_command(name)) {
                return Found{command, std::move(name), count};
            }
        }
    }
    return std::nullopt;
}

ExitStatus missing_command(Session& session, std::string_view name, const MissingCommand& missing)
{
    session.err().print("strata: '{}' is not supported yet: {}\n", name, missing.instead);
    return ExitStatus::failure;
}

/// `strata image` and whatever follows that is none of its commands.
ExitStatus management_group(Session& session, const ManagementGroup& group,
                            std::span<const std::string_view> words)
{
    if (words.size() == 1 || words[1] == "--help" || words[1] == "-h") {
        session.out().write(group_help(group));
        return ExitStatus::ok;
    }
    const std::string name = fmt::format("{} {}", words[0], words[1]);
    for (const std::string_view known : {std::string_view{name}, words[1]}) {
        if (const MissingCommand* const missing = find_missing_command(known)) {
            return missing_command(session, name, *missing);
        }
    }
    session.err().write(group_help(group));
    return ExitStatus::failure;
}

ExitStatus unknown_command(Session& session, std::span<const std::string_view> words)
{
    const std::string_view name = words[0];
    if (const ManagementGroup* const group = find_management_group(name)) {
        return management_group(session, *group, words);
    }
    if (const MissingCommand* const missing = find_missing_command(name)) {
        return missing_command(session, name, *missing);
    }
    session.err().print("strata: '{}' is not a strata command.\n", name);
    if (const auto meant = closest_command(name)) {
        session.err().print("Did you mean 'strata {}'?\n", *meant);
    } else {
        session.err().print("See 'strata --help'\n");
    }
    return ExitStatus::failure;
}

/// `strata images --root /x`: a flag that exists, in a place where it does not.
bool names_global_flag(std::string_view message)
{
    GlobalOptions unused;
    ArgParser globals;
    declare_globals(globals, unused);
    return std::ranges::any_of(globals.flags(), [&](const Flag& flag) {
        return !flag.hidden && message == fmt::format("unknown flag: {}", flag.name);
    });
}

ExitStatus wrong_flags(Session& session, const Error& error, std::string_view called)
{
    session.err().print("{}\nSee 'strata{}{} --help'.\n", error.message(),
                        called.empty() ? "" : " ", called);
    if (!error.hint().empty()) {
        session.err().print("{}\n", error.hint());
    } else if (!called.empty() && names_global_flag(error.message())) {
        session.err().write("Write it before the command.\n");
    }
    return ExitStatus::engine_error;
}

ExitStatus wrong_arguments(Session& session, const Error& error, const Command& command,
                           const ArgParser& args, std::string_view called)
{
    session.err().print("{}\nSee 'strata {} --help'.\n\n{}\n\n{}\n", error.message(), called,
                        usage_line(args, called), command.summary);
    return ExitStatus::failure;
}

/// Runs `step`; an Error in it becomes what `otherwise` makes of it.
template <typename Step, typename Otherwise>
std::optional<ExitStatus> attempt(Step&& step, Otherwise&& otherwise)
{
    try {
        step();
        return std::nullopt;
    } catch (const Error& error) {
        return otherwise(error);
    }
}

ExitStatus run(Session& session, const Found& found, std::span<const char* const> words)
{
    const Command& command = *found.command;
    const std::unique_ptr<CommandBody> body = command.make();
    ArgParser args;
    body->declare(args);
    if (const auto failed = attempt(
            [&] { args.parse(words); },
            [&](const Error& error) { return wrong_flags(session, error, found.called); })) {
        return *failed;
    }
    if (args.wants_help()) {
        session.out().write(command_help(command, args, found.called));
        return ExitStatus::ok;
    }
    if (const auto failed = attempt([&] { args.bind("strata " + found.called); },
                                    [&](const Error& error) {
                                        return wrong_arguments(session, error, command, args,
                                                               found.called);
                                    })) {
        return *failed;
    }
    ExitStatus status = ExitStatus::ok;
    const auto failed = attempt(
        [&] {
            body->check();
            status = body->run(session);
        },
        [&](const Error& error) {
            const bool interrupted =
                error.code() == Errc::cancelled && session.interrupted_by() != 0;
            if (!interrupted && !session.out().is_broken() && !session.err().is_broken()) {
                report(session.err(), error, command.failures, found.called);
                if (session.globals().debug) {
                    report_details(session.err(), error);
                }
            }
            return status_for(error, command.failures);
        });
    return failed.value_or(status);
}

ExitStatus start(Session& session, const ArgParser& globals, std::span<const char* const> words)
{
    if (session.globals().show_version) {
        session.out().print("Strata version {}, build {}\n", version::number(), version::commit());
        return ExitStatus::ok;
    }
    const std::span<const std::string_view> names = globals.words();
    if (names.empty() || globals.wants_help()) {
        session.out().write(overview());
        return ExitStatus::ok;
    }
    const auto found = find(names);
    if (!found) {
        return unknown_command(session, names);
    }
    return run(session, *found, words.last(names.size() - found->words));
}

/// What could not be said while the command ran: output that did not arrive.
ExitStatus finish(Session& session, ExitStatus status)
{
    try {
        session.out().flush();
    } catch (const Error& error) {
        status = status == ExitStatus::ok ? ExitStatus::failure : status;
        if (!session.out().is_broken()) {
            attempt([&] { report(session.err(), error, FailureStyle::plain, {}); },
                    [&](const Error&) { return status; });
        }
    }
    return session.out().is_broken() ? ExitStatus::broken_pipe : status;
}

ExitStatus run_session(Session& session, std::span<const char* const> words)
{
    ExitStatus status = ExitStatus::failure;
    try {
        ArgParser globals;
        declare_globals(globals, session.globals());
        const auto wrong =
            attempt([&] { globals.parse(words); },
                    [&](const Error& error) { return wrong_flags(session, error, ""); });
        status = wrong ? *wrong : start(session, globals, words);
    } catch (const Error&) {
        // Thrown while a failure was being shown, so there is nobody to show it to.
    } catch (const std::exception& error) {
        // Not one of ours: memory ran out, or strata is wrong.
        report(session.err(), Error{Errc::internal, error.what()}, FailureStyle::plain, {});
    }
    return finish(session, status);
}

} // namespace

int run_command_line(int count, const char* const* arguments)
{
    const std::span<const char* const> words{arguments, static_cast<std::size_t>(count)};
    ExitStatus status = ExitStatus::failure;
    int signal = 0;
    {
        Session session;
        status = run_session(session, words);
        signal = session.interrupted_by();
    }
    if (status == ExitStatus::interrupted && signal != 0) {
        sys::die_of_signal(signal); // what it interrupted is in order
    }
    return static_cast<int>(status);
}

} // namespace strata::cli
