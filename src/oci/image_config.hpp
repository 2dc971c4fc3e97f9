// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.hpp"
#include "oci/annotations.hpp"
#include "oci/digest.hpp"
#include "oci/document.hpp"
#include "oci/platform.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace strata::oci {

struct Healthcheck {
    std::vector<std::string> test{}; // {"NONE"}, {"CMD", …}, {"CMD-SHELL", …}; empty: inherited
    // Zero: the default, or what the image below says.
    std::chrono::nanoseconds interval{0}, timeout{0}, start_period{0}, start_interval{0};
    std::int64_t retries = 0;
    UnknownMembers unknown{};

    friend bool operator==(const Healthcheck&, const Healthcheck&) = default;
};

/// How a container of the image runs, unless the user says otherwise.
struct ContainerConfig {
    std::string user{}; // "name-or-uid[:group-or-gid]"
    std::vector<std::string> env{};
    /// Nothing: not said, and so inherited. An empty list: explicitly none.
    std::optional<std::vector<std::string>> entrypoint{}, cmd{};
    std::string working_dir{};
    std::set<std::string> exposed_ports{}; // "80/tcp"
    std::set<std::string> volumes{};
    StringMap labels{};
    std::string stop_signal{};
    std::optional<std::int64_t> stop_timeout{}; // seconds
    std::optional<Healthcheck> healthcheck{};
    std::optional<std::vector<std::string>> on_build{}, shell{};
    bool args_escaped = false;

    // Docker's own; what old `commit` left in images.
    std::string hostname{}, domainname{}, image{}, mac_address{};
    bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
    bool tty = false, open_stdin = false, stdin_once = false, network_disabled = false;

    UnknownMembers unknown{};

    /// The value of a variable; nothing when it is not set.
    std::optional<std::string_view> find_env(std::string_view name) const;
    /// In place if the variable is there, otherwise at the end.
    void set_env(std::string_view name, std::string_view value);

    friend bool operator==(const ContainerConfig&, const ContainerConfig&) = default;
};

/// One step of how the image came to be. Steps that changed no file made no layer.
struct HistoryEntry {
    std::optional<Timestamp> created{};
    std::string created_by{}; // a shell command or an instruction, as text
    std::string author{};
    std::string comment{};
    bool empty_layer = false;
    UnknownMembers unknown{};

    friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// An image without its files: what it runs on, how, and of which layers it is made.
///
/// The image's id is the digest of the config's bytes, so bytes from outside are kept as they are
/// (ImageConfigDocument). print() is for configs that we make or change.
struct ImageConfig {
    std::optional<Timestamp> created{};
    std::string author{};
    std::string architecture{}, os{}, variant{}, os_version{};
    std::vector<std::string> os_features{};
    ContainerConfig config{};
    std::vector<DiffId> diff_ids{}; // lowest first
    std::vector<HistoryEntry> history{};

    // Docker's own.
    std::string comment{};
    std::string container{};
    std::optional<ContainerConfig> container_config{}; // what it was committed from
    std::string docker_version{};
    std::string parent{};

    UnknownMembers unknown{}, unknown_in_rootfs{};

    /// Throws Errc::corrupt, naming the field; also when the history has more steps with layers
    /// than there are layers. Errc::exhausted when it is too long, which bounds everything in it,
    /// or has more than `max_layers`: for who takes it from strangers.
    ///
    /// As lenient as Docker elsewhere: only `rootfs` must be there.
    static ImageConfig parse(std::string_view text, std::size_t max_layers = kAnyNumber);

    /// As Docker prints it: the outermost keys sorted, those of `config` in Docker's order, what is
    /// empty left out. The same value always gives the same bytes.
    std::string print() const;

    /// What it says it runs on; linux and the host's architecture where it says nothing.
    Platform platform() const;
    void set_platform(const Platform& platform);

    /// For each history entry the index of its layer in `diff_ids`; nothing for empty steps, and
    /// for steps beyond the layers.
    std::vector<std::optional<std::size_t>> history_layers() const;

    /// Appends a step that made a layer, or none.
    void add_step(HistoryEntry entry, const std::optional<DiffId>& layer);

    friend bool operator==(const ImageConfig&, const ImageConfig&) = default;
};

using ImageConfigDocument = Document<ImageConfig>;

inline ImageId image_id(const ImageConfigDocument& config)
{
    return {config.digest().value};
}

} // namespace strata::oci
