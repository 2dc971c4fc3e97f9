// SPDX-License-Identifier: Apache-2.0
//
// One member is: any number of meta members ('x' PAX records, 'L' and 'K' GNU long names), the
// header itself, for old GNU sparse files the rest of their map, then the stored bytes, padded to a
// block. Where implementations differ we do as Go's archive/tar does, because what an image's layer
// means is what Docker makes of it; where it would guess in silence, we refuse.
#include "io/tar_reader.hpp"

#include "base/error.hpp"
#include "io/pax.hpp"
#include "io/printable.hpp"
#include "io/tar_header.hpp"
#include "io/tar_sparse.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

namespace strata::io {
namespace {

[[noreturn]] void throw_corrupt(std::string message)
{
    throw Error{Errc::corrupt, std::move(message)};
}

bool has_data(EntryType type)
{
    // A size on anything else is a remark (links: of their target), not data that follows.
    return type == EntryType::file;
}

std::uint64_t non_negative(std::int64_t number, std::string_view what)
{
    if (number < 0) {
        throw_corrupt(fmt::format("{} is negative", what));
    }
    return static_cast<std::uint64_t>(number);
}

std::uint32_t device_number(std::int64_t number)
{
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
        throw_corrupt(fmt::format("device number {} is out of range", number));
    }
    return static_cast<std::uint32_t>(number);
}

/// The part of the name that stands in front of `name`, in the dialects that have one.
std::string_view prefix_of(const TarHeader& header)
{
    switch (dialect_of(header)) {
    case TarDialect::v7:
        return {};
    case TarDialect::ustar:
        return text_of(header.prefix);
    case TarDialect::star: // its last 24 bytes are atime and ctime
        return text_of(header.prefix).substr(0, 131);
    case TarDialect::gnu:
        break;
    }
    // GNU keeps atime and ctime here. But Go before 1.8, and so many a layer, wrote a ustar prefix
    // under GNU's magic when a number needed base-256; text that is no number gives it away.
    try {
        for (const std::size_t at : {std::size_t{0}, std::size_t{12}}) {
            if (header.prefix[at] != '\0') {
                parse_tar_number(std::span{header.prefix}.subspan(at, 12), "time");
            }
        }
        return {};
    } catch (const Error&) {
        return text_of(header.prefix);
    }
}

} // namespace

struct TarReader::State {
    State(Source& from, const TarLimits& bounds) : source{from}, limits{bounds} {}

    const TarEntry* next();
    std::size_t read_data(std::span<std::byte> into);
    void drain();

    bool read_header();
    void read_block(TarHeader& block);
    void read_meta();
    void fill_entry();
    void fill_names();
    EntryType type_of_header();
    void fill_sparse();
    void read_old_sparse_map();
    void read_sparse_map_1_0();
    void pass_rest();
    void claim(std::uint64_t bytes) const;
    std::string where() const;

    Source& source;
    TarLimits limits;
    std::uint64_t offset = 0;
    std::uint64_t entries = 0;
    std::uint64_t data_left = 0;
    std::uint64_t padding = 0;
    bool ended = false;

    TarHeader header;
    TarEntry entry;
    bool named = false; // entry.path is that of the entry at hand

    // From meta members in front of the entry at hand.
    PaxRecords pax;
    std::optional<Error> pax_error; // told once the entry has a name
    std::string long_name;
    std::string long_link;
    std::uint64_t meta_bytes = 0;
    std::string meta;
    PaxRecords global;
};

std::string TarReader::State::where() const
{
    return named ? fmt::format("tar entry \"{}\" at offset {}", printable(entry.path),
                               entry.header_offset)
                 : fmt::format("tar header at offset {}", entry.header_offset);
}

/// Refuses to go on where the archive would outgrow the limit, before any byte of it is read.
void TarReader::State::claim(std::uint64_t bytes) const
{
    if (offset > limits.max_bytes || bytes > limits.max_bytes - offset) {
        throw Error{Errc::exhausted, fmt::format("the archive is larger than the {} bytes allowed",
                                                 limits.max_bytes)};
    }
}

void TarReader::State::read_block(TarHeader& block)
{
    claim(kTarBlock);
    const std::size_t got =
        read_full(source, std::as_writable_bytes(std::span<TarHeader, 1>{&block, 1}));
    offset += got;
    if (got < kTarBlock) {
        throw_corrupt("the archive is truncated");
    }
}

/// Returns false at the end: two zero blocks, one and nothing more, or nothing at all.
bool TarReader::State::read_header()
{
    const auto read_whole = [&] {
        claim(kTarBlock);
        const std::size_t got =
            read_full(source, std::as_writable_bytes(std::span<TarHeader, 1>{&header, 1}));
        offset += got;
        if (got != 0 && got != kTarBlock) {
            throw_corrupt(offset < kTarBlock ? "this is not a tar archive"
                                             : "the archive is truncated in a header");
        }
        return got != 0;
    };
    if (!read_whole()) {
        return false;
    }
    if (is_zero_block(header)) {
        if (read_whole() && !is_zero_block(header)) {
            throw_corrupt("a lone zero block in the middle of the archive");
        }
        return false;
    }
    if (!has_valid_checksum(header)) {
        throw_corrupt(offset == kTarBlock ? "this is not a tar archive: invalid tar header"
                                          : "invalid tar header: wrong checksum");
    }
    return true;
}

const TarEntry* TarReader::State::next()
{
    if (ended) {
        return nullptr;
    }
    pass_rest();
    named = false;
    entry.header_offset = offset;
    pax.clear();
    pax_error.reset();
    long_name.clear();
    long_link.clear();
    meta_bytes = 0;

    while (read_header()) {
        switch (header.type) {
        case 'x':
        case 'X': // Solaris
        case 'g':
        case 'L':
        case 'K':
            read_meta();
            continue;
        case 'V': // GNU's volume label describes the tape
            entry.header_offset = offset;
            continue;
        default:
            fill_entry();
            return &entry;
        }
    }
    ended = true;
    if (meta_bytes != 0) {
        throw_corrupt("the archive ends between a PAX or GNU header and its entry");
    }
    return nullptr;
}

void TarReader::State::read_meta()
{
    const std::uint64_t size = non_negative(number_of(header.size, "size"), "size");
    if (size > limits.max_header_bytes - std::min(meta_bytes, limits.max_header_bytes)) {
        throw Error{Errc::exhausted, fmt::format("PAX and GNU headers of one entry take more than "
                                                 "the {} bytes allowed",
                                                 limits.max_header_bytes)};
    }
    claim(size + tar_padding(size));
    meta.resize(size);
    const std::size_t got = read_full(source, std::as_writable_bytes(std::span{meta}));
    offset += got;
    if (got < size) {
        throw_corrupt("the archive is truncated in a PAX or GNU header");
    }
    offset += source.skip(tar_padding(size));

    const std::string_view text = std::string_view{meta}.substr(0, meta.find('\0'));
    switch (header.type) {
    case 'L':
        long_name = text;
        break;
    case 'K':
        long_link = text;
        break;
    case 'g':
        // Checked, and then ignored as Docker does: its layers mean what they mean without.
        global.clear();
        global.parse(meta, limits.max_sparse_extents);
        return;
    default:
        pax.clear();
        try {
            pax.parse(meta, limits.max_sparse_extents);
        } catch (const Error& error) {
            pax_error = error;
        }
    }
    meta_bytes += size + kTarBlock;
}

void TarReader::State::fill_names()
{
    if (!long_name.empty()) {
        entry.path = long_name;
    } else if (!pax.path.empty()) {
        entry.path = pax.path;
    } else {
        entry.path.clear();
        if (const std::string_view prefix = prefix_of(header); !prefix.empty()) {
            entry.path.append(prefix).append(1, '/');
        }
        entry.path.append(text_of(header.name));
    }
    if (!pax.sparse.name.empty()) {
        entry.path = pax.sparse.name; // `path` is an invention for readers who know no sparse files
    }
    named = true;
    if (pax_error) {
        throw Error{*pax_error};
    }

    if (!long_link.empty()) {
        entry.link_target = long_link;
    } else if (!pax.link_target.empty()) {
        entry.link_target = pax.link_target;
    } else {
        entry.link_target = text_of(header.link_name);
    }
    if (std::max(entry.path.size(), entry.link_target.size()) > limits.max_path_bytes) {
        throw Error{Errc::exhausted,
                    fmt::format("its name is longer than {} bytes", limits.max_path_bytes)};
    }
}

EntryType TarReader::State::type_of_header()
{
    switch (header.type) {
    case '\0': // v7 knew no directories, its archives mark them by a slash
        return entry.path.ends_with('/') ? EntryType::directory : EntryType::file;
    case '0':
    case '7': // contiguous, for file systems that no longer exist
    case 'S': // sparse
        return EntryType::file;
    case '1':
        return EntryType::hard_link;
    case '2':
        return EntryType::symlink;
    case '3':
        return EntryType::char_device;
    case '4':
        return EntryType::block_device;
    case '5':
    case 'D': // GNU's incremental dumps: a directory, followed by a list of what was in it
        return EntryType::directory;
    case '6':
        return EntryType::fifo;
    case 'M':
        throw Error{Errc::unsupported, "it continues a file of another volume",
                    "Join the volumes of the archive first."};
    default:
        throw Error{Errc::unsupported, fmt::format("entries of type '{}' are unknown",
                                                   printable(std::string_view{&header.type, 1}))};
    }
}

void TarReader::State::fill_entry()
{
    if (++entries > limits.max_entries) {
        throw Error{Errc::exhausted, fmt::format("the archive has more than the {} entries allowed",
                                                 limits.max_entries)};
    }
    fill_names();
    entry.type = type_of_header();
    if (entry.type != EntryType::hard_link && entry.type != EntryType::symlink) {
        entry.link_target.clear();
    }
    entry.mode = static_cast<std::uint32_t>(number_of(header.mode, "mode") & 07777);
    entry.uid = pax.uid ? *pax.uid : to_id(number_of(header.uid, "uid"), "uid");
    entry.gid = pax.gid ? *pax.gid : to_id(number_of(header.gid, "gid"), "gid");
    entry.mtime = pax.mtime ? *pax.mtime : TarTime{number_of(header.mtime, "mtime"), 0};
    const bool device =
        entry.type == EntryType::char_device || entry.type == EntryType::block_device;
    entry.device_major =
        device ? device_number(number_of(header.device_major, "device number")) : 0;
    entry.device_minor =
        device ? device_number(number_of(header.device_minor, "device number")) : 0;
    entry.xattrs.clear();
    entry.xattrs.swap(pax.xattrs); // they trade their memory

    data_left = 0;
    if (has_data(entry.type) || header.type == 'D') {
        data_left = pax.size ? *pax.size : non_negative(number_of(header.size, "size"), "size");
    }
    padding = tar_padding(data_left);
    claim(data_left);
    entry.size = has_data(entry.type) ? data_left : 0;
    entry.stored_size = entry.size;
    entry.sparse.clear();
    entry.is_sparse = false;
    if (header.type == 'S' || !pax.empty()) {
        fill_sparse();
    }
    entry.data_offset = offset;
}

void TarReader::State::fill_sparse()
{
    const PaxRecords::Sparse& sparse = pax.sparse;
    const bool version_0 = sparse.major == "0" && (sparse.minor == "0" || sparse.minor == "1");
    const bool version_1 = sparse.major == "1" && sparse.minor == "0";
    const bool unversioned = sparse.major.empty() && sparse.minor.empty();
    if (header.type == 'S') {
        read_old_sparse_map();
    } else if (version_1 || version_0 || (unversioned && sparse.has_map)) {
        if (!has_data(entry.type)) {
            throw_corrupt("a sparse map on something that is not a file");
        }
        entry.size = sparse.real_size.value_or(entry.size);
        if (version_1) {
            read_sparse_map_1_0();
        } else {
            entry.sparse = sparse.map;
        }
    } else if (unversioned) {
        return;
    } else {
        throw Error{Errc::unsupported,
                    fmt::format("sparse format {}.{} is unknown", printable(sparse.major),
                                printable(sparse.minor))};
    }
    if (entry.size >
        limits.max_bytes) { // holes cost nothing here, but whoever copies the file fills them
        throw Error{Errc::exhausted,
                    fmt::format("a sparse file of {} bytes, more than the {} allowed", entry.size,
                                limits.max_bytes)};
    }
    settle_sparse_map(entry);
}

void TarReader::State::read_old_sparse_map()
{
    if (dialect_of(header) != TarDialect::gnu) {
        throw_corrupt("an old GNU sparse file without GNU's magic");
    }
    const OldSparseHeader first{header};
    entry.size = non_negative(parse_tar_number(first.real_size, "the size of a sparse file"),
                              "the size of a sparse file");
    append_old_sparse_table(first.table, entry.sparse, limits.max_sparse_extents);
    for (bool more = first.extended; more;) {
        TarHeader block;
        read_block(block);
        const SparseExtensionBlock extension{block};
        append_old_sparse_table(extension.table, entry.sparse, limits.max_sparse_extents);
        more = extension.extended;
    }
    claim(data_left);
}

void TarReader::State::read_sparse_map_1_0()
{
    SparseMapParser parser{entry.sparse, limits.max_sparse_extents};
    TarHeader block;
    do {
        if (data_left < kTarBlock) {
            throw_corrupt("the sparse map is longer than the data it stands in");
        }
        read_block(block);
        data_left -= kTarBlock;
    } while (!parser.take({block.bytes().data(), kTarBlock}));
    entry.stored_size = data_left;
}

std::size_t TarReader::State::read_data(std::span<std::byte> into)
{
    if (data_left == 0 || entry.type == EntryType::directory) {
        return 0;
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), data_left));
    const std::size_t got = source.read(into.first(wanted));
    if (got == 0 && wanted != 0) {
        throw_corrupt(
            fmt::format("the archive is truncated: {} bytes of its data are missing", data_left));
    }
    offset += got;
    data_left -= got;
    return got;
}

void TarReader::State::pass_rest()
{
    const std::uint64_t rest = data_left + padding;
    if (rest == 0) {
        return;
    }
    const std::uint64_t skipped = source.skip(rest);
    offset += skipped;
    if (skipped < data_left) {
        throw_corrupt(fmt::format("the archive is truncated: {} bytes of its data are missing",
                                  data_left - skipped));
    }
    // Padding that is missing at the very end harms nobody; Go does not mind either.
    data_left = 0;
    padding = 0;
}

void TarReader::State::drain()
{
    constexpr std::uint64_t kStep = std::uint64_t{16} << 20;
    while (const std::uint64_t skipped = source.skip(kStep)) {
        offset += skipped;
        claim(0);
    }
}

TarReader::TarReader(Source& source, const TarLimits& limits)
    : state_{std::make_unique<State>(source, limits)}
{
}

TarReader::~TarReader() = default;

const TarEntry* TarReader::next()
{
    return in_context([&] { return state_->where(); }, [&] { return state_->next(); });
}

std::size_t TarReader::read_data(std::span<std::byte> into)
{
    return in_context([&] { return state_->where(); }, [&] { return state_->read_data(into); });
}

void TarReader::drain()
{
    state_->drain();
}

std::uint64_t TarReader::offset() const noexcept
{
    return state_->offset;
}

} // namespace strata::io
