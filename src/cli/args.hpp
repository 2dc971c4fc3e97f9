// SPDX-License-Identifier: Apache-2.0
//
// Command lines, by the rules of Go's pflag, which are what twelve years of scripts around Docker
// rely on: `-it`, `-eA=1`, `-e A=1`, `--rm=false`, flags after arguments (but not for `run`),
// Docker's texts when something is wrong. A library (CLI11) was considered and rejected: it has
// other rules for all of these, and its header costs more to compile than this module.
#pragma once

#include "cli/flag_value.hpp"

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::cli {

/// What a shell completion offers for a flag's value or an argument.
enum class Complete { nothing, files, folders, images, containers, commands };

struct Flag {
    std::string_view name; // "--env"
    char letter = 0;       // 'e', or 0
    std::string_view help;
    std::string_view
        type; // as help shows it; empty: a switch, which takes no value unless with '='
    std::string default_text;
    std::function<void(std::string_view)> set;
    Complete completes = Complete::nothing;
    bool hidden = false;
    bool given = false;

    Flag& typed(std::string_view shown)
    {
        type = shown;
        return *this;
    }
    Flag& shown_default(std::string_view shown)
    {
        default_text = shown;
        return *this;
    }
    Flag& complete(Complete what)
    {
        completes = what;
        return *this;
    }
    Flag& hide()
    {
        hidden = true;
        return *this;
    } // accepted, and not in help: deprecated spellings
};

struct Argument {
    static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

    std::string_view label; // as the usage line shows it: "IMAGE [IMAGE...]"
    std::size_t least = 1;
    std::size_t most = 1;
    std::function<void(std::string_view)> set;
    Complete completes = Complete::nothing;

    Argument& complete(Complete what)
    {
        completes = what;
        return *this;
    }
};

/// What one command accepts. Its declare() fills it; help, completion and documentation read it;
/// parse() obeys it. Values are written through references into the command's options, which must
/// outlive the parser. The references that flag(), option() and argument() return are good until
/// the next one is declared.
class ArgParser {
public:
    /// A switch: `--quiet`, `--quiet=false`, `-q`. `T` is bool or an enumeration of no and yes.
    template <typename T>
    Flag& flag(std::string_view name, char letter, T& target, std::string_view help)
    {
        return add({.name = name,
                    .letter = letter,
                    .help = help,
                    .type = {},
                    .default_text = default_text(target),
                    .set = [&target](std::string_view text) { assign(target, text); }});
    }
    template <typename T>
    Flag& flag(std::string_view name, T& target, std::string_view help)
    {
        return flag(name, 0, target, help);
    }

    /// A flag with a value. A vector takes it any number of times; otherwise the last one counts.
    template <typename T>
    Flag& option(std::string_view name, char letter, T& target, std::string_view help)
    {
        return add({.name = name,
                    .letter = letter,
                    .help = help,
                    .type = TypeName<T>::value,
                    .default_text = default_text(target),
                    .set = [&target](std::string_view text) { assign(target, text); }});
    }
    template <typename T>
    Flag& option(std::string_view name, T& target, std::string_view help)
    {
        return option(name, 0, target, help);
    }
    /// A flag with a syntax of its own: `set` gets each value as it comes, and throws
    /// Errc::invalid_argument.
    Flag& option_with(std::string_view name, char letter, std::string_view type,
                      std::function<void(std::string_view)> set, std::string_view help)
    {
        return add({.name = name,
                    .letter = letter,
                    .help = help,
                    .type = type,
                    .default_text = {},
                    .set = std::move(set)});
    }

    /// Arguments fill in the order of declaration; those that need not be there come last.
    template <typename T>
    Argument& argument(std::string_view label, T& target)
    {
        return add_argument(label, target, 1, 1);
    }
    template <typename T>
    Argument& optional_argument(std::string_view label, T& target)
    {
        return add_argument(label, target, 0, 1);
    }
    /// All the rest, `least` at least; `target` is a vector.
    template <typename T>
    Argument& arguments(std::string_view label, std::vector<T>& target, std::size_t least)
    {
        return add_argument(label, target, least, Argument::kUnlimited);
    }

    /// `run IMAGE -x`: what follows the first argument is not ours to read.
    void stop_at_first_argument() { stops_at_first_argument_ = true; }

    /// Reads flags; keeps the arguments for bind(). Throws Errc::invalid_argument with Docker's
    /// text.
    void parse(std::span<const char* const> words);
    /// Hands the arguments to their targets. Throws Errc::invalid_argument if there are too few or
    /// too many:
    /// `"strata tag" requires exactly 2 arguments.`
    void bind(std::string_view command);

    bool wants_help() const noexcept { return wants_help_; }
    std::span<const Flag> flags() const noexcept { return flags_; }
    std::span<const Argument> declared_arguments() const noexcept { return declared_; }
    /// What parse() found that is no flag.
    std::span<const std::string_view> words() const noexcept { return words_; }

private:
    template <typename T>
    Argument& add_argument(std::string_view label, T& target, std::size_t least, std::size_t most)
    {
        declared_.push_back(
            {.label = label, .least = least, .most = most, .set = [&target](std::string_view text) {
                 assign(target, text);
             }});
        return declared_.back();
    }
    Flag& add(Flag flag);
    Flag* find(std::string_view name);
    Flag* find(char letter);
    void read_long(std::string_view word, std::span<const char* const>& rest);
    void read_letters(std::string_view letters, std::span<const char* const>& rest);

    std::vector<Flag> flags_;
    std::vector<Argument> declared_;
    std::vector<std::string_view> words_;
    bool stops_at_first_argument_ = false;
    bool wants_help_ = false;
};

} // namespace strata::cli
