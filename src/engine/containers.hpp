// SPDX-License-Identifier: Apache-2.0
//
// What a user does with containers: run, list, look at, commit, remove. Containers are named as a
// user writes them: by name, id, or the beginning of an id.
#pragma once

#include "container/attach.hpp"
#include "container/changes.hpp"
#include "container/container_store.hpp"
#include "oci/digest.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::engine {

class Engine;

// --- run -----------------------------------------------------------------------------------------

/// What `run` was asked for, each as the user wrote it: syntax is checked here, for every client
/// alike.
struct CreateContainer {
    std::string image{};
    std::string name{}; // empty: a random one
    std::optional<std::string> platform{};
    std::vector<std::string> command{};
    std::optional<std::string> entrypoint{}; // "": none, not even the image's
    std::vector<std::string> env{};          // "NAME=value"; a bare NAME takes the image's away
    std::map<std::string, std::string> labels{};
    std::string user{}, working_dir{}, hostname{}, domainname{}, stop_signal{};
    std::vector<std::string> groups{}; // --group-add

    std::vector<std::string> volumes{}, tmpfs{}, devices{}; // -v, --tmpfs, --device
    std::vector<std::string> extra_hosts{}, dns{}, dns_search{}, dns_options{};
    std::string network = "none";
    std::string pid{}, ipc{}, uts{};

    std::vector<std::string> cap_add{}, cap_drop{}, security_options{};
    std::map<std::string, std::string> sysctls{};
    container::Resources resources{};
    std::string runtime{};

    bool terminal = false, open_stdin = false, attached = true;
    bool read_only = false, privileged = false, remove_on_exit = false;
};

struct RunOptions {
    CreateContainer create{};
    /// With a terminal of its own, output goes to `output` alone. Not used when create.attached is
    /// false.
    container::AttachStreams streams{};
    /// Called once with the id, when the container exists.
    std::function<void(const std::string& id)> created{};
};

struct RunOutcome {
    std::string id{};
    int exit_code = 0;     // 128 + n when it died of signal n; 0 when nobody waited for it
    bool detached = false; // the user left it running
};

/// Creates a container, starts it, and, unless it is to run in the background, stays attached until
/// it ends (with remove_on_exit: until it is gone). Throws in Docker's words; a container that was
/// created and could not be started stays, unless it was to be removed.
RunOutcome run_container(Engine& engine, const RunOptions& options);

// --- look ----------------------------------------------------------------------------------------

struct ContainerSize {
    std::uint64_t written = 0; // by the container
    std::uint64_t total = 0;   // with its image
};

/// A container's record, its state made true.
using Container = container::Record;

enum class AllContainers { no, yes };

struct ListContainers {
    AllContainers all = AllContainers::no; // also those that do not run
    std::optional<std::size_t> last{};     // that many, newest first, running or not
    std::vector<std::pair<std::string, std::string>> filters{};
};

/// Newest first. Throws Errc::invalid_argument with Docker's words for a filter that makes no
/// sense.
std::vector<Container> list_containers(Engine& engine, const ListContainers& request);
Container get_container(Engine& engine, std::string_view name);
ContainerSize container_size(Engine& engine, const Container& container);
/// The image as tables show it: as it was written, or its short id when that name is another
/// image's now.
std::string shown_image(Engine& engine, const Container& container);

enum class WithSize { no, yes };
/// Docker's JSON of a container, one line, keys in Docker's order.
std::string inspect_container(Engine& engine, std::string_view name, WithSize size);

std::vector<container::Change> diff_container(Engine& engine, std::string_view name);

// --- change --------------------------------------------------------------------------------------

enum class Pause { no, yes };

struct CommitContainer {
    std::string name{};
    std::optional<std::string> reference{}; // what to call the image
    std::string author{}, message{};
    std::vector<std::string> changes{}; // Dockerfile instructions
    Pause pause = Pause::yes;           // meanwhile, if it runs
    std::stop_token stop{};
};
oci::ImageId commit_container(Engine& engine, const CommitContainer& request);

struct RemoveContainer {
    bool force = false;   // also a running one, which is killed
    bool volumes = false; // its anonymous volumes too
};
/// Throws Errc::conflict for one that runs.
void remove_container(Engine& engine, std::string_view name, const RemoveContainer& options);

} // namespace strata::engine
