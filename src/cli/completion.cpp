// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.hpp"

#include "base/error.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"

#include <algorithm>
#include <set>

namespace strata::cli {
namespace {

std::string_view kind_name(Complete kind)
{
    switch (kind) {
    case Complete::nothing:
        return "nothing";
    case Complete::files:
        return "files";
    case Complete::folders:
        return "folders";
    case Complete::images:
        return "images";
    case Complete::containers:
        return "containers";
    case Complete::commands:
        return "commands";
    }
    return "";
}

/// Calls `use(name, command, args)` for every name of every command that is shown.
template <typename Use>
void each_name(Use&& use)
{
    for (const Command* const command : commands()) {
        if (command->group == Group::hidden) {
            continue;
        }
        with_declared(*command, [&](const ArgParser& args) {
            for (const std::string_view name : command->names) {
                if (!name.empty()) {
                    use(name, *command, args);
                }
            }
            return 0;
        });
    }
}

std::string top_level_words()
{
    std::set<std::string_view> words;
    each_name([&](std::string_view name, const Command&, const ArgParser&) {
        words.insert(name.substr(0, name.find(' ')));
    });
    std::string text;
    for (const std::string_view word : words) {
        text += text.empty() ? "" : " ";
        text += word;
    }
    return text;
}

std::string words_of(const ManagementGroup& group)
{
    std::string text;
    each_name([&](std::string_view name, const Command&, const ArgParser&) {
        const std::size_t space = name.find(' ');
        if (space != name.npos && name.substr(0, space) == group.name) {
            text += text.empty() ? "" : " ";
            text += name.substr(space + 1);
        }
    });
    return text;
}

/// "--all -a --filter= -f= …": an equals sign marks those that take a value.
std::string flag_words(const ArgParser& args)
{
    std::string text;
    for (const Flag* const flag : shown_flags(args)) {
        const std::string_view value = flag->type.empty() ? "" : "=";
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", flag->name, value);
        text += flag->letter == 0 ? "" : fmt::format(" -{}{}", flag->letter, value);
    }
    return text;
}

/// A branch of a `case` for each name; commands with several names share one.
template <typename Text>
std::string branches(Text&& text_of)
{
    std::string text;
    for (const Command* const command : commands()) {
        if (command->group == Group::hidden) {
            continue;
        }
        const std::string body = with_declared(*command, text_of);
        std::string names;
        for (const std::string_view name : command->names) {
            names += name.empty() ? "" : fmt::format("{}'{}'", names.empty() ? "" : "|", name);
        }
        text += body.empty() ? "" : fmt::format("        {}) echo \"{}\" ;;\n", names, body);
    }
    return text;
}

/// What completes the value of which flag: "--root=folders".
std::string value_kinds(const ArgParser& args)
{
    std::string text;
    for (const Flag* const flag : shown_flags(args)) {
        if (flag->completes != Complete::nothing) {
            text += fmt::format("{}{}={}", text.empty() ? "" : " ", flag->name,
                                kind_name(flag->completes));
            text += flag->letter == 0
                        ? ""
                        : fmt::format(" -{}={}", flag->letter, kind_name(flag->completes));
        }
    }
    return text;
}

std::string argument_kinds(const ArgParser& args)
{
    std::string text;
    for (const Argument& argument : args.declared_arguments()) {
        text += fmt::format("{}{}", text.empty() ? "" : " ", kind_name(argument.completes));
        text += argument.most == Argument::kUnlimited ? "*" : "";
    }
    return text.find_first_not_of("nothing* ") == text.npos ? "" : text;
}

std::string global_flags()
{
    GlobalOptions unused;
    ArgParser args;
    declare_globals(args, unused);
    return flag_words(args);
}

constexpr std::string_view kBashLogic = R"sh(
# What the word under the cursor may be, one candidate a line.
_strata_candidates() {
    case $1 in
        images) strata images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>' ;;
        containers) strata ps -a --format '{{.Names}}' 2>/dev/null ;;
        files) compgen -f -- "$2" ;;
        folders) compgen -d -- "$2" ;;
        commands) _strata_commands '' | tr ' ' '\n' ;;
    esac
}

_strata() {
    local current=${COMP_WORDS[COMP_CWORD]} command='' word expects='' kind='' flag kinds
    local -i index=1 count=0
    for ((; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ -n $expects ]]; then
            expects=''
        elif [[ $word == -* ]]; then
            [[ " $(_strata_flags "$command") " == *" $word= "* ]] && expects=$word
        elif [[ -z $command ]] || [[ $command != *' '* && -n $(_strata_commands "$command") ]]; then
            command="${command:+$command }$word"
        else
            count+=1
        fi
    done
    if [[ -n $expects ]]; then
        for flag in $(_strata_values "$command" | tr ' ' '\n'); do
            [[ $flag == "$expects="* ]] && kind=${flag#*=}
        done
        COMPREPLY=($(compgen -W "$(_strata_candidates "$kind" "$current")" -- "$current"))
    elif [[ $current == -* ]]; then
        COMPREPLY=($(compgen -W "$(_strata_flags "$command" | tr -d '=')" -- "$current"))
    elif [[ $command != *' '* && -n $(_strata_commands "$command") ]]; then
        COMPREPLY=($(compgen -W "$(_strata_commands "$command")" -- "$current"))
    else
        kinds=($(_strata_arguments "$command" | tr ' ' '\n'))
        index=0
        for kind in "${kinds[@]}"; do
            if ((index == count)) || [[ $kind == *'*' ]]; then
                COMPREPLY=($(compgen -W "$(_strata_candidates "${kind%\*}" "$current")" -- "$current"))
                return
            fi
            index+=1
        done
    fi
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$current" # "busybox:latest" is several words to bash
    fi
}
complete -o default -F _strata strata
)sh";

std::string bash_script()
{
    std::string groups;
    for (const ManagementGroup& group : management_groups()) {
        groups += fmt::format("        '{}') echo '{}' ;;\n", group.name, words_of(group));
    }
    return fmt::format(
        "# Completion of strata's commands. Made by 'strata completion'.\n\n"
        "_strata_commands() {{\n    case $1 in\n        '') echo '{}' ;;\n{}    esac\n}}\n\n"
        "_strata_flags() {{\n    case $1 in\n        '') echo '{}' ;;\n{}    esac\n}}\n\n"
        "_strata_values() {{\n    case $1 in\n{}        _) ;;\n    esac\n}}\n\n"
        "_strata_arguments() {{\n    case $1 in\n{}        _) ;;\n    esac\n}}\n{}",
        top_level_words(), groups, global_flags(), branches(flag_words), branches(value_kinds),
        branches(argument_kinds), kBashLogic);
}

std::string fish_quoted(std::string_view text)
{
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' || c == '\\' ? fmt::format("\\{}", c) : std::string(1, c);
    }
    return quoted + "'";
}

std::string fish_values(Complete kind)
{
    switch (kind) {
    case Complete::images:
        return " -a '(strata images --format \"{{.Repository}}:{{.Tag}}\" 2>/dev/null)'";
    case Complete::containers:
        return " -a '(strata ps -a --format \"{{.Names}}\" 2>/dev/null)'";
    case Complete::files:
    case Complete::folders:
        return " -F";
    case Complete::commands:
        return fmt::format(" -a '{}'", top_level_words());
    case Complete::nothing:
        break;
    }
    return "";
}

std::string fish_command(std::string_view name, const Command& command, const ArgParser& args)
{
    const std::size_t space = name.find(' ');
    const std::string_view first = name.substr(0, space);
    const std::string_view second = space == name.npos ? "" : name.substr(space + 1);
    std::string text =
        second.empty()
            ? fmt::format("complete -c strata -n __fish_use_subcommand -a {} -d {}\n", first,
                          fish_quoted(command.summary))
            : fmt::format("complete -c strata -n '__fish_seen_subcommand_from {}' -a {} -d {}\n",
                          first, second, fish_quoted(command.summary));
    const std::string when =
        second.empty()
            ? fmt::format("'__fish_seen_subcommand_from {}'", first)
            : fmt::format("'__fish_seen_subcommand_from {}; and __fish_seen_subcommand_from {}'",
                          first, second);
    for (const Flag* const flag : shown_flags(args)) {
        text +=
            fmt::format("complete -c strata -n {} -l {}{}{} -d {}\n", when, flag->name.substr(2),
                        flag->letter == 0 ? "" : fmt::format(" -s {}", flag->letter),
                        flag->type.empty() ? "" : " -r" + fish_values(flag->completes),
                        fish_quoted(flag->help));
    }
    for (const Argument& argument : args.declared_arguments()) {
        if (argument.completes != Complete::nothing) {
            text +=
                fmt::format("complete -c strata -n {}{}\n", when, fish_values(argument.completes));
        }
    }
    return text;
}

std::string fish_script()
{
    std::string text =
        "# Completion of strata's commands. Made by 'strata completion'.\ncomplete -c strata -f\n";
    for (const ManagementGroup& group : management_groups()) {
        text += fmt::format("complete -c strata -n __fish_use_subcommand -a {} -d {}\n", group.name,
                            fish_quoted(group.summary));
    }
    each_name([&](std::string_view name, const Command& command, const ArgParser& args) {
        text += fish_command(name, command, args);
    });
    return text;
}

} // namespace

std::string completion_script(std::string_view shell)
{
    if (shell == "bash") {
        return bash_script();
    }
    if (shell == "zsh") {
        return "#compdef strata\nautoload -U +X bashcompinit && bashcompinit\n" + bash_script();
    }
    if (shell == "fish") {
        return fish_script();
    }
    throw Error{Errc::invalid_argument, fmt::format("there is no completion for '{}'", shell),
                "Take one of bash, zsh, fish."};
}

} // namespace strata::cli
