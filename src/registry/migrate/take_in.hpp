// SPDX-License-Identifier: Apache-2.0
//
// Taking over a directory that Distribution has served: one walk of its links (storage/layout.hpp
// has the drawing), which are only read. Blobs stay where they are.
#pragma once

#include "registry/metadata/metadata.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace strata::registry {

struct TakenIn {
    std::uint64_t repositories = 0; // so far
    std::uint64_t of_repositories = 0;
    std::uint64_t manifests = 0;
    std::uint64_t tags = 0;
    std::uint64_t blobs = 0; // links to them
    std::uint64_t problems = 0;
    Metadata::Went went{}; // what Distribution has removed
};

struct TakeInOptions {
    std::function<void(const TakenIn&)> progress{}; // every few repositories
    /// A link to nothing, a manifest that does not parse: what it names is left out.
    std::function<void(const std::string& repository, const std::string& what)> problem{};
    std::stop_token stop{}; // ends it between two repositories, with Errc::cancelled
};

/// Whether this registry has never looked at what was there before it, or was interrupted.
bool is_taken_in(Metadata& metadata);

/// Distribution's links say all that was here at `time`. True of an export, and of what a new
/// registry has taken in; not of what was taken in again, beside what was pushed here.
void note_synced(Metadata& metadata, Timestamp time);

/// Goes on where it was interrupted. A registry that begins empty is done at once. Repositories
/// that are known already get what is new, and their tags name what the links say.
TakenIn take_in(Metadata& metadata, const std::filesystem::path& root,
                const TakeInOptions& options = {});

/// From the beginning, although it was done once: Distribution has served the directory again. What
/// it knew when it began (all that was here at the last export, or what was taken in at first) and
/// does not name any more is removed here as well; what was pushed here since stays.
TakenIn take_in_again(Metadata& metadata, const std::filesystem::path& root,
                      const TakeInOptions& options = {});

} // namespace strata::registry
