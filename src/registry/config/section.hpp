// SPDX-License-Identifier: Apache-2.0
//
// Reading the parts of a configuration tree into plain values, with complaints that say which key
// is meant and where it stands.
#pragma once

#include "base/error.hpp"
#include "registry/config/tree.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace strata::registry {

/// One map of the tree, or the absence of one, which reads as an empty map. Notes what is asked
/// for: finish() warns about every key that nobody wanted.
class Section {
public:
    Section(const Tree* tree, std::string path, std::vector<std::string>& warnings);

    bool there() const noexcept { return tree_ != nullptr; }
    bool has(std::string_view key);
    Section section(std::string_view key);
    std::vector<Section> sections(std::string_view key); // of a list of maps

    // Each leaves `into` alone when the key is not there, or null.
    void read(std::string_view key, std::string& into);
    void read(std::string_view key, bool& into);
    void read(std::string_view key, unsigned& into);
    void read(std::string_view key, std::size_t& into);
    void read(std::string_view key, int& into);
    void read(std::string_view key, double& into);
    void read(std::string_view key, Interval& into); // a number alone is nanoseconds, as in Go
    void read(std::string_view key, std::vector<std::string>& into);
    void read_size(std::string_view key, std::uint64_t& into); // "10GiB", or bytes
    void read(std::string_view key, Headers& into);            // name: [values] or one value
    void read(std::string_view key, std::map<std::string, std::string>& into);

    template <typename T, typename Pairs>
    void read_choice(std::string_view key, T& into, const Pairs& choices)
    {
        std::string text;
        read(key, text);
        if (text.empty()) {
            return;
        }
        std::string all;
        for (const auto& [name, value] : choices) {
            if (name == text) {
                into = value;
                return;
            }
            all += (all.empty() ? "" : ", ") + std::string{name};
        }
        refuse(key, "'" + text + "' is none of " + all);
    }

    /// Throws unless it is there and not empty.
    std::string required(std::string_view key);

    /// Takes note of a key that has no effect here, if it is there.
    void ignore(std::string_view key, std::string_view why);
    void warn(std::string_view key, std::string_view why);
    [[noreturn]] void refuse(std::string_view key, std::string_view problem) const;
    [[noreturn]] void unsupported(std::string_view key, std::string_view why) const;

    /// For maps whose keys are names: all of them, which then counts as having been asked for.
    std::vector<std::pair<std::string, const Tree*>> members();

    void finish();

private:
    const Tree* find(std::string_view key);
    const Tree* find_scalar(std::string_view key, std::string_view kind);
    std::string place(std::string_view key) const; // "config.yml:12: http.addr"
    template <typename Integer>
    void read_integer(std::string_view key, Integer& into);

    const Tree* tree_;
    std::string path_;
    std::vector<std::string>* warnings_;
    std::set<std::string, std::less<>> known_{};
};

} // namespace strata::registry
