// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/digest.hpp"

#include <fmt/format.h>

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace strata::oci {

/// What a user calls an image: a repository, and in it a tag, a digest, both or neither.
///
///     ubuntu                        docker.io/library/ubuntu
///     user/web:1.4                  docker.io/user/web:1.4
///     host:5000/a/b:tag@sha256:…    as written
///
/// A regular value, always valid, kept in its canonical form. The grammar is that of the
/// distribution project's `reference` package, and so are the errors, because scripts match them.
class Reference {
public:
    /// From what a user writes (`ubuntu`) as well as from str(). Adds no tag.
    /// Throws Errc::invalid_argument with Docker's own words: "invalid reference format: …".
    static Reference parse(std::string_view text);
    static std::optional<Reference> try_parse(std::string_view text);

    /// "docker.io", "host:5000". Empty for the odd name that the grammar allows and whose first
    /// part looks like a host but cannot be one, such as "foo_bar.com/x".
    const std::string& domain() const noexcept { return domain_; }
    const std::string& path() const noexcept { return path_; } // "library/ubuntu"
    const std::optional<std::string>& tag() const noexcept { return tag_; }
    const std::optional<Digest>& digest() const noexcept { return digest_; }
    bool has_tag_or_digest() const noexcept { return tag_ || digest_; }

    std::string name() const;          // "docker.io/library/ubuntu"
    std::string familiar_name() const; // "ubuntu"
    std::string str() const;           // "docker.io/library/ubuntu:22.04@sha256:…"
    std::string familiar() const;      // "ubuntu:22.04@sha256:…"

    Reference name_only() const;
    /// Throws Errc::invalid_argument "invalid tag format".
    Reference with_tag(std::string_view tag) const;
    Reference with_digest(const Digest& digest) const;
    /// Itself, or with the tag `latest` if it has neither tag nor digest.
    Reference with_default_tag() const;

    friend auto operator<=>(const Reference&, const Reference&) = default; // NOLINT
    friend bool operator==(const Reference&, const Reference&) = default;

private:
    Reference() = default;
    std::string suffix() const;

    std::string domain_;
    std::string path_;
    std::optional<std::string> tag_;
    std::optional<Digest> digest_;
};

inline constexpr std::string_view kDefaultDomain = "docker.io";
inline constexpr std::string_view kDefaultTag = "latest";

/// 1 to 128 of letters, digits, `_`, `.` and `-`, the first a letter, digit or `_`.
bool is_valid_tag(std::string_view text) noexcept;
/// `repo`, `user/repo`, …: the path of a reference, without domain.
bool is_valid_repository_path(std::string_view text) noexcept;

} // namespace strata::oci

template <>
struct std::hash<strata::oci::Reference> {
    std::size_t operator()(const strata::oci::Reference& reference) const
    {
        return std::hash<std::string>{}(reference.str());
    }
};

template <>
struct fmt::formatter<strata::oci::Reference> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const strata::oci::Reference& reference, Context& context) const
    {
        return fmt::formatter<std::string_view>::format(reference.str(), context);
    }
};
