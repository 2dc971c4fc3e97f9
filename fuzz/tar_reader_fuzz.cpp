// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a tar: what is not refused keeps the reader's promises, and comes out the same when
// it is written again.
#include "base/error.hpp"
#include "io/tar_reader.hpp"
#include "io/tar_writer.hpp"
#include "tar_mutator.hpp"

#include <cstdlib>
#include <optional>
#include <vector>

namespace {

using namespace strata;

constexpr io::TarLimits kLimits{.max_entries = 10'000, .max_bytes = 1 << 24};

void require(bool holds, const char* what)
{
    if (!holds) {
        fmt::print(stderr, "broken promise: {}\n", what);
        std::abort();
    }
}

struct Member {
    io::TarEntry entry;
    std::string stored;
};

void check(const Member& member, std::uint64_t archive_size)
{
    const io::TarEntry& entry = member.entry;
    require(entry.data_offset % io::kTarBlock == 0, "data lies on a block");
    require(entry.header_offset < entry.data_offset, "the header stands in front of the data");
    require(entry.data_offset + entry.stored_size <= archive_size, "data lies in the archive");
    require(member.stored.size() == entry.stored_size, "as much data as was said");
    require(entry.path.find('\0') == std::string::npos, "no NUL in a name");
    require(entry.mtime.nanoseconds < 1'000'000'000, "nanoseconds below a second");
    require(entry.is_sparse || entry.stored_size == entry.size, "a whole file is stored whole");
    require(entry.is_sparse || entry.sparse.empty(), "no map without holes");
    std::uint64_t end = 0;
    std::uint64_t sum = 0;
    for (const io::SparseExtent& extent : entry.sparse) {
        require(extent.length > 0 && (end == 0 || extent.offset > end), "extents are apart");
        require(extent.offset + extent.length <= entry.size, "extents lie in the file");
        end = extent.offset + extent.length;
        sum += extent.length;
    }
    require(!entry.is_sparse || sum == entry.stored_size, "extents say what is stored");
}

std::vector<Member> read(std::string_view tar)
{
    io::MemorySource source{tar};
    io::TarReader reader{source, kLimits};
    std::vector<Member> members;
    while (const io::TarEntry* entry = reader.next()) {
        Member& member = members.emplace_back(Member{*entry, {}});
        std::vector<std::byte> buffer(4096);
        while (const std::size_t got = reader.read_data(buffer)) {
            member.stored.append(reinterpret_cast<const char*>(buffer.data()), got);
        }
        check(member, tar.size());
    }
    reader.drain();
    require(reader.offset() == tar.size(), "everything is read");
    return members;
}

/// Only skips, and must come to the same entries.
void skim(std::string_view tar, std::size_t entries)
{
    io::MemorySource source{tar};
    io::TarReader reader{source, kLimits};
    std::size_t count = 0;
    while (reader.next() != nullptr) {
        ++count;
    }
    require(count == entries, "skipping finds the same entries");
}

/// Nothing if a member is one that the writer rightly refuses.
std::optional<std::string> write(std::vector<Member>& members)
{
    io::StringSink sink;
    io::TarWriter writer{sink};
    for (Member& member : members) {
        member.entry.size = member.entry.stored_size;
        try {
            writer.add(member.entry);
        } catch (const Error& error) {
            require(error.code() == Errc::invalid_argument, "the writer refuses as it says");
            return std::nullopt;
        }
        writer.write_data(member.stored);
    }
    writer.finish();
    return std::move(sink.text);
}

void write_and_compare(std::vector<Member>& members)
{
    const std::optional<std::string> tar = write(members);
    if (!tar) {
        return;
    }
    const std::vector<Member> again = read(*tar);
    require(again.size() == members.size(), "as many entries");
    for (std::size_t i = 0; i < again.size(); ++i) {
        io::TarEntry want = members[i].entry;
        const io::TarEntry& got = again[i].entry;
        if (want.type == io::EntryType::directory && !want.path.ends_with('/')) {
            want.path += '/';
        }
        require(got.path == want.path && got.link_target == want.link_target, "the same names");
        require(got.type == want.type && got.mode == want.mode, "the same type and mode");
        require(got.uid == want.uid && got.gid == want.gid, "the same owner");
        require(got.mtime == want.mtime, "the same time");
        require(got.xattrs == want.xattrs, "the same attributes");
        require(got.device_major == want.device_major && got.device_minor == want.device_minor,
                "the same device");
        require(again[i].stored == members[i].stored, "the same data");
    }
}

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned)
{
    return fuzz::mutate_tar(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view tar{reinterpret_cast<const char*>(data), size};
    try {
        std::vector<Member> members = read(tar);
        skim(tar, members.size());
        write_and_compare(members);
    } catch (const Error& error) {
        require(error.code() != Errc::internal, error.what());
    }
    return 0;
}
