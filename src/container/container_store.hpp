// SPDX-License-Identifier: Apache-2.0
//
// The records of containers, in the store's database (docs/formats/container-record.md).
#pragma once

#include "container/config.hpp"
#include "oci/digest.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::db {
class Database;
class Transaction;
} // namespace strata::db
namespace strata::store {
class Store;
}

namespace strata::container {

enum class State : std::uint8_t { created, running, exited };

std::string_view name_of(State state); // "running"

/// The process that a container runs; the start time tells it from a later one with the same
/// number.
struct ProcessId {
    std::int64_t pid = 0;         // 0: none
    std::uint64_t start_time = 0; // field 22 of /proc/<pid>/stat
};

struct Record {
    std::string id{};   // 64 hex digits
    std::string name{}; // without Docker's leading slash
    oci::ImageId image;
    std::string image_name{}; // as the user wrote it
    std::int64_t created_ns = 0;
    State state = State::created;
    ProcessId process{};
    std::int64_t exit_code = 0;
    std::int64_t started_ns = 0, finished_ns = 0; // 0: never
    std::string error{};                          // why it could not be started
    Config config{};
};

/// Who holds an image on behalf of a container, for store::ImageStore: "container:<id>".
std::string image_holder(std::string_view id);
/// The other way round; nothing for holders of another kind.
std::optional<std::string> container_of_holder(std::string_view holder);

/// Throws Errc::invalid_argument in Docker's words.
void check_name(std::string_view name);

/// Makes the table, in a database that does not have it.
void add_tables(db::Database& database);

/// One thread at a time, as the database. A change of state survives the death of any process, and
/// may be undone, whole, by a power failure: what is running does not survive that either.
class ContainerStore {
public:
    explicit ContainerStore(store::Store& store);

    /// Adds a record and takes hold of its image, in one transaction. Without a name it gets a
    /// random one. Throws Errc::conflict when the name is taken, Errc::not_found when the image has
    /// gone meanwhile.
    void add(Record& record);

    std::optional<Record> find(std::string_view id) const; // the whole id
    /// As a user wrote it: an id, a name (with or without a slash), or a unique prefix of an id, in
    /// this order. Throws Errc::not_found "No such container: x", Errc::invalid_argument for an
    /// ambiguous prefix.
    Record get_as_written(std::string_view text) const;
    std::vector<Record> list() const; // newest first
    std::vector<std::string> ids() const;

    void set_running(std::string_view id, const ProcessId& process, std::int64_t started_ns);
    void set_exited(std::string_view id, std::int64_t exit_code, std::int64_t finished_ns);
    /// It never ran: it stays `created`, with the reason.
    void set_failed(std::string_view id, std::int64_t exit_code, std::string_view error);

    /// Forgets it and lets go of its image; false when it was not there. Its folders are the
    /// caller's to delete, afterwards.
    bool remove(std::string_view id);

private:
    store::Store& store_;
    db::Database& database_;
};

} // namespace strata::container
