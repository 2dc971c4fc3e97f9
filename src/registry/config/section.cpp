// SPDX-License-Identifier: Apache-2.0
#include "registry/config/section.hpp"

#include "base/duration.hpp"
#include "base/error.hpp"
#include "base/size.hpp"
#include "base/strings.hpp"

#include <cmath>
#include <cstdlib>

namespace strata::registry {

Section::Section(const Tree* tree, std::string path, std::vector<std::string>& warnings)
    : tree_{tree != nullptr && tree->kind == Tree::Kind::null ? nullptr : tree}
    , path_{std::move(path)}
    , warnings_{&warnings}
{
    if (tree_ != nullptr && tree_->kind != Tree::Kind::map) {
        throw Error{Errc::invalid_argument,
                    fmt::format("{}: {}: expected 'name: value' pairs", tree_->origin, path_)};
    }
}

std::string Section::place(std::string_view key) const
{
    const Tree* const value = tree_ == nullptr ? nullptr : tree_->find(key);
    const std::string name = path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
    const Tree* const nearest = value != nullptr ? value : tree_;
    return nearest == nullptr || nearest->origin.empty()
               ? name
               : fmt::format("{}: {}", nearest->origin, name);
}

void Section::refuse(std::string_view key, std::string_view problem) const
{
    throw Error{Errc::invalid_argument, fmt::format("{}: {}", place(key), problem)};
}

void Section::unsupported(std::string_view key, std::string_view why) const
{
    throw Error{Errc::unsupported, fmt::format("{} is not supported: {}", place(key), why)};
}

void Section::warn(std::string_view key, std::string_view why)
{
    known_.emplace(key);
    warnings_->push_back(fmt::format("{}: {}", place(key), why));
}

void Section::ignore(std::string_view key, std::string_view why)
{
    if (find(key) != nullptr) {
        warn(key, why);
    }
}

const Tree* Section::find(std::string_view key)
{
    known_.emplace(key);
    const Tree* const value = tree_ == nullptr ? nullptr : tree_->find(key);
    return value == nullptr || value->kind == Tree::Kind::null ? nullptr : value;
}

const Tree* Section::find_scalar(std::string_view key, std::string_view kind)
{
    const Tree* const value = find(key);
    if (value != nullptr && value->kind != Tree::Kind::scalar) {
        refuse(key, fmt::format("expected {}", kind));
    }
    return value;
}

bool Section::has(std::string_view key)
{
    known_.emplace(key);
    return tree_ != nullptr && tree_->find(key) != nullptr;
}

Section Section::section(std::string_view key)
{
    const std::string path = path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
    return Section{find(key), path, *warnings_};
}

std::vector<Section> Section::sections(std::string_view key)
{
    std::vector<Section> result;
    const Tree* const list = find(key);
    if (list == nullptr) {
        return result;
    }
    if (list->kind != Tree::Kind::list) {
        refuse(key, "expected a list");
    }
    for (std::size_t i = 0; i < list->elements.size(); ++i) {
        result.push_back(Section{&list->elements[i],
                                 fmt::format("{}{}{}[{}]", path_, path_.empty() ? "" : ".", key, i),
                                 *warnings_});
    }
    return result;
}

void Section::read(std::string_view key, std::string& into)
{
    if (const Tree* const value = find_scalar(key, "a text")) {
        into = value->text;
    }
}

void Section::read(std::string_view key, bool& into)
{
    const Tree* const value = find_scalar(key, "true or false");
    if (value == nullptr) {
        return;
    }
    const std::string text = to_lower(value->text);
    if (text == "true" || text == "yes" || text == "on" || text == "y") {
        into = true;
    } else if (text == "false" || text == "no" || text == "off" || text == "n") {
        into = false;
    } else {
        refuse(key, fmt::format("expected true or false, found '{}'", value->text));
    }
}

template <typename Integer>
void Section::read_integer(std::string_view key, Integer& into)
{
    const Tree* const value = find_scalar(key, "a number");
    if (value == nullptr) {
        return;
    }
    const auto number = parse_integer<Integer>(value->text);
    if (!number) {
        refuse(key, fmt::format("expected a number, found '{}'", value->text));
    }
    into = *number;
}

void Section::read(std::string_view key, unsigned& into)
{
    read_integer(key, into);
}

void Section::read(std::string_view key, std::size_t& into)
{
    read_integer(key, into);
}

void Section::read(std::string_view key, int& into)
{
    read_integer(key, into);
}

void Section::read(std::string_view key, double& into)
{
    const Tree* const value = find_scalar(key, "a number");
    if (value == nullptr) {
        return;
    }
    char* end = nullptr;
    const double number = std::strtod(value->text.c_str(), &end);
    if (value->text.empty() || *end != '\0' || !std::isfinite(number) || number < 0) {
        refuse(key, fmt::format("expected a number, found '{}'", value->text));
    }
    into = number;
}

void Section::read(std::string_view key, Interval& into)
{
    const Tree* const value = find_scalar(key, "a duration such as 10s");
    if (value == nullptr) {
        return;
    }
    if (const auto nanoseconds = parse_integer<std::int64_t>(value->text)) {
        into = Interval{*nanoseconds};
    } else {
        try {
            into = parse_duration(value->text);
        } catch (const Error&) {
            refuse(key,
                   fmt::format("expected a duration such as 10s or 168h, found '{}'", value->text));
        }
    }
    if (into.count() < 0) {
        refuse(key, fmt::format("'{}' is negative", value->text));
    }
}

void Section::read(std::string_view key, std::vector<std::string>& into)
{
    const Tree* const value = find(key);
    if (value == nullptr) {
        return;
    }
    into.clear();
    if (value->kind == Tree::Kind::scalar) { // one element, as yaml.v2 takes it
        into.push_back(value->text);
        return;
    }
    if (value->kind != Tree::Kind::list) {
        refuse(key, "expected a list");
    }
    for (const Tree& element : value->elements) {
        if (element.kind != Tree::Kind::scalar) {
            refuse(key, "expected a list of texts");
        }
        into.push_back(element.text);
    }
}

void Section::read_size(std::string_view key, std::uint64_t& into)
{
    const Tree* const value = find_scalar(key, "a size such as 10GiB");
    if (value == nullptr) {
        return;
    }
    try {
        into = parse_size(value->text);
    } catch (const Error&) {
        refuse(key, fmt::format("expected a size such as 10GiB, found '{}'", value->text));
    }
}

void Section::read(std::string_view key, Headers& into)
{
    Section headers = section(key);
    if (!headers.there()) {
        return;
    }
    into.clear();
    for (const auto& [name, value] : headers.members()) {
        std::vector<std::string> values;
        headers.read(name, values);
        for (std::string& text : values) {
            if (name.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos ||
                name.empty() || text.find_first_of(std::string_view{"\r\n\0", 3}) != text.npos) {
                headers.refuse(name, "not a field that HTTP can carry");
            }
            into.push_back({name, std::move(text)});
        }
    }
}

void Section::read(std::string_view key, std::map<std::string, std::string>& into)
{
    Section map = section(key);
    if (!map.there()) {
        return;
    }
    into.clear();
    for (const auto& [name, value] : map.members()) {
        map.read(name, into[name]);
    }
}

std::string Section::required(std::string_view key)
{
    std::string text;
    read(key, text);
    if (text.empty()) {
        refuse(key, "is missing");
    }
    return text;
}

std::vector<std::pair<std::string, const Tree*>> Section::members()
{
    std::vector<std::pair<std::string, const Tree*>> result;
    if (tree_ != nullptr) {
        for (const auto& [key, value] : tree_->members) {
            known_.emplace(key);
            result.emplace_back(key, &value);
        }
    }
    return result;
}

void Section::finish()
{
    if (tree_ == nullptr) {
        return;
    }
    for (const auto& [key, value] : tree_->members) {
        if (!known_.contains(key)) {
            warnings_->push_back(fmt::format("{}: there is no such option; ignored", place(key)));
        }
    }
}

} // namespace strata::registry
