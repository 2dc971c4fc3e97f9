// SPDX-License-Identifier: Apache-2.0
//
// What a user does with images that are here: list, name, remove, look at. (import.hpp, load.hpp
// and save.hpp bring them in and out.) Names are as a user writes them: "busybox", "host:5000/a:1",
// an id or the beginning of one.
#pragma once

#include "base/time.hpp"
#include "oci/digest.hpp"
#include "oci/platform.hpp"
#include "oci/reference.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::engine {

class Engine;

enum class All { no, yes };
enum class Force { no, yes };
enum class Prune { no, yes };

/// One of `--filter key=value`.
using Filter = std::pair<std::string, std::string>;

// --- list ----------------------------------------------------------------------------------------

struct ImageSummary {
    oci::ImageId id;
    std::optional<oci::ImageId> parent;
    // Sorted; only those that a reference filter lets through.
    std::vector<oci::Reference> tags;
    std::vector<oci::Reference> digests; // "busybox@sha256:…": of the manifest that it came with
    std::int64_t created_ns = 0;
    std::uint64_t size = 0;
    std::vector<std::pair<std::string, std::string>> labels;
};

struct ListImages {
    All all = All::no;           // with the unnamed ones that others were made from
    std::vector<Filter> filters; // dangling, label, label!, before, since, until, reference
};

/// Newest first, then by id. Throws Errc::invalid_argument with Docker's words for a filter that
/// makes no sense.
std::vector<ImageSummary> list_images(Engine& engine, const ListImages& request);

// --- tag -----------------------------------------------------------------------------------------

/// Names an image, taking the name from another one if need be.
void tag_image(Engine& engine, std::string_view source, const oci::Reference& target);

// --- remove --------------------------------------------------------------------------------------

/// What happened, in order: "busybox:latest" was untagged; an image's or a layer chain's digest was
/// deleted.
struct Removed {
    enum class Kind { untagged, deleted } kind;
    std::string what;
};

struct RemoveImage {
    Force force = Force::no;
    Prune parents =
        Prune::yes; // also delete parents that have no name and are left without a purpose
};

/// By Docker's rules: a name goes; the image itself goes with its last name, if no container uses
/// it and no other image was made from it. Throws Errc::conflict with Docker's words,
/// Errc::not_found.
std::vector<Removed> remove_image(Engine& engine, std::string_view name,
                                  const RemoveImage& options);

struct Pruned {
    std::vector<Removed> removed;
    std::uint64_t reclaimed = 0; // content bytes of the layers that went
};
/// Removes what is dangling, or with All::yes whatever no container uses. Filters: until, label,
/// label!, dangling.
Pruned prune_images(Engine& engine, All all, const std::vector<Filter>& filters);

// --- look ----------------------------------------------------------------------------------------

struct HistoryEntry {
    std::optional<oci::ImageId>
        id; // where it is known: of the image itself and of parents that are here
    std::optional<Timestamp> created;
    std::string created_by;
    std::string comment;
    std::uint64_t size = 0;
    std::vector<oci::Reference> references;
};
/// Newest first.
std::vector<HistoryEntry> image_history(Engine& engine, std::string_view name,
                                        const std::optional<oci::Platform>& platform = {});

/// Docker's JSON of an image, one line, keys in Docker's order.
std::string inspect_image(Engine& engine, std::string_view name,
                          const std::optional<oci::Platform>& platform = {});

} // namespace strata::engine
