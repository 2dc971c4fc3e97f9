// SPDX-License-Identifier: Apache-2.0
#include "cli/args.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace strata::cli {
namespace {

Error usage_error(std::string message)
{
    return Error{Errc::invalid_argument, std::move(message)};
}

/// As error messages name a flag: "-m, --memory".
std::string spelled(const Flag& flag)
{
    return flag.letter == 0 ? std::string{flag.name}
                            : fmt::format("-{}, {}", flag.letter, flag.name);
}

void set_flag(Flag& flag, std::string_view text)
{
    flag.given = true;
    try {
        flag.set(text);
    } catch (const Error& error) {
        throw Error{error.code(),
                    fmt::format("invalid argument \"{}\" for \"{}\" flag: {}", text, spelled(flag),
                                error.message()),
                    error.hint()};
    }
}

std::string_view take(std::span<const char* const>& words)
{
    const std::string_view first = words.front();
    words = words.subspan(1);
    return first;
}

std::string count_message(std::string_view command, std::size_t least, std::size_t most)
{
    const auto plural = [](std::size_t count) { return count == 1 ? "argument" : "arguments"; };
    if (most == 0) {
        return fmt::format("\"{}\" accepts no arguments.", command);
    }
    if (least == most) {
        return fmt::format("\"{}\" requires exactly {} {}.", command, least, plural(least));
    }
    if (most == Argument::kUnlimited) {
        return fmt::format("\"{}\" requires at least {} {}.", command, least, plural(least));
    }
    if (least == 0) {
        return fmt::format("\"{}\" requires at most {} {}.", command, most, plural(most));
    }
    return fmt::format("\"{}\" requires at least {} and at most {} {}.", command, least, most,
                       plural(most));
}

} // namespace

Flag& ArgParser::add(Flag flag)
{
    if (find(flag.name) != nullptr || (flag.letter != 0 && find(flag.letter) != nullptr)) {
        throw Error{Errc::internal, fmt::format("flag {} is declared twice", spelled(flag))};
    }
    flags_.push_back(std::move(flag));
    return flags_.back();
}

Flag* ArgParser::find(std::string_view name)
{
    const auto found = std::ranges::find(flags_, name, &Flag::name);
    return found == flags_.end() ? nullptr : &*found;
}

Flag* ArgParser::find(char letter)
{
    const auto found = std::ranges::find(flags_, letter, &Flag::letter);
    return found == flags_.end() ? nullptr : &*found;
}

void ArgParser::parse(std::span<const char* const> words)
{
    while (!words.empty()) {
        const std::string_view word = take(words);
        if (word == "--") {
            words_.insert(words_.end(), words.begin(), words.end());
            return;
        }
        if (word.size() < 2 ||
            word[0] != '-') { // "-" alone is an argument: standard input or output
            words_.push_back(word);
            if (stops_at_first_argument_) {
                words_.insert(words_.end(), words.begin(), words.end());
                return;
            }
        } else if (word[1] == '-') {
            read_long(word, words);
        } else {
            read_letters(word.substr(1), words);
        }
    }
}

void ArgParser::read_long(std::string_view word, std::span<const char* const>& rest)
{
    if (word[2] == '-' || word[2] == '=') {
        throw usage_error(fmt::format("bad flag syntax: {}", word));
    }
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    Flag* const flag = find(name);
    if (flag == nullptr && name == "--help") {
        wants_help_ = true;
    } else if (flag == nullptr) {
        throw usage_error(fmt::format("unknown flag: {}", name));
    } else if (equals != word.npos) {
        set_flag(*flag, word.substr(equals + 1));
    } else if (flag->type.empty()) {
        set_flag(*flag, "true");
    } else if (rest.empty()) {
        throw usage_error(fmt::format("flag needs an argument: {}", name));
    } else {
        set_flag(*flag, take(rest));
    }
}

void ArgParser::read_letters(std::string_view letters, std::span<const char* const>& rest)
{
    while (!letters.empty()) {
        const std::string_view all = letters; // as messages show it: from this letter on
        const char letter = letters[0];
        letters.remove_prefix(1);
        Flag* const flag = find(letter);
        if (flag == nullptr && letter == 'h') {
            wants_help_ = true;
        } else if (flag == nullptr) {
            throw usage_error(fmt::format("unknown shorthand flag: '{}' in -{}", letter, all));
        } else if (letters.size() > 1 &&
                   letters[0] == '=') { // "-e=A": the value is all that follows
            set_flag(*flag, letters.substr(1));
            return;
        } else if (flag->type.empty()) {
            set_flag(*flag, "true");
        } else if (!letters.empty()) {
            set_flag(*flag, letters);
            return;
        } else if (rest.empty()) {
            throw usage_error(fmt::format("flag needs an argument: '{}' in -{}", letter, all));
        } else {
            set_flag(*flag, take(rest));
        }
    }
}

void ArgParser::bind(std::string_view command)
{
    std::size_t least = 0;
    std::size_t most = 0;
    for (const Argument& argument : declared_) {
        least += argument.least;
        most = argument.most == Argument::kUnlimited ? argument.most : most + argument.most;
    }
    if (words_.size() < least || words_.size() > most) {
        throw usage_error(count_message(command, least, most));
    }
    std::span<const std::string_view> left = words_;
    for (const Argument& argument : declared_) {
        const std::size_t count = std::min(left.size(), argument.most);
        for (const std::string_view word : left.first(count)) {
            argument.set(word);
        }
        left = left.subspan(count);
    }
}

} // namespace strata::cli
