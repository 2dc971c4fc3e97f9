// SPDX-License-Identifier: Apache-2.0
#include "engine/archive.hpp"

#include "base/error.hpp"
#include "engine/archived_layer.hpp"
#include "io/fd_stream.hpp"
#include "io/filters.hpp"
#include "io/tar_reader.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <vector>

namespace strata::engine {
namespace {

constexpr int kMaxLinks = 16;                  // Docker's archives have one
constexpr std::uint64_t kMaxMembers = 200'000; // three for each layer, and then some
constexpr std::uint64_t kMaxEntries = 4 * kMaxMembers;
constexpr std::size_t kMaxNamesBytes = 64 << 20;

/// Splits at slashes and applies "." and, for links, "..".
std::string join_parts(std::string_view path, std::string_view member)
{
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (part == "..") {
            if (parts.empty()) {
                throw Error{Errc::invalid_argument,
                            fmt::format("archive member '{}' points outside the archive", member)};
            }
            parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    return fmt::format("{}", fmt::join(parts, "/"));
}

/// The names of the members and where links lead; what they hold is the business of those who
/// derive.
template <typename Content>
class Members {
public:
    void add(const io::TarEntry& entry, std::string name, Content content)
    {
        if (members_.size() >= kMaxMembers ||
            (names_bytes_ += name.size() + entry.link_target.size()) > kMaxNamesBytes) {
            throw Error{Errc::exhausted,
                        fmt::format("the archive has more than {} members", kMaxMembers)};
        }
        links_.erase(name);
        members_.insert_or_assign(std::move(name),
                                  std::move(content)); // as when unpacking, the last of a name wins
    }
    void add_link(const io::TarEntry& entry, std::string name)
    {
        if (links_.size() >= kMaxMembers ||
            (names_bytes_ += name.size() + entry.link_target.size()) > kMaxNamesBytes) {
            throw Error{Errc::exhausted,
                        fmt::format("the archive has more than {} links", kMaxMembers)};
        }
        std::string target = link_destination(name, entry.link_target, entry.type);
        members_.erase(name);
        links_.insert_or_assign(std::move(name), std::move(target));
    }
    Content* find(std::string_view name)
    {
        std::string current = clean_member_name(name);
        for (int hops = 0; hops <= kMaxLinks; ++hops) {
            if (const auto found = members_.find(current); found != members_.end()) {
                return &found->second;
            }
            const auto link = links_.find(current);
            if (link == links_.end()) {
                return nullptr;
            }
            current = link->second;
        }
        return nullptr;
    }
    Content& get(std::string_view name)
    {
        if (Content* const found = find(name)) {
            return *found;
        }
        throw Error{Errc::corrupt, fmt::format("the archive has no member '{}'", name)};
    }

private:
    std::map<std::string, Content, std::less<>> members_;
    std::map<std::string, std::string, std::less<>> links_;
    std::size_t names_bytes_ = 0;
};

/// Whether an entry is a link (which is then recorded), a file, or nothing that an archive of
/// images needs.
enum class Kind { file, link, other };
Kind kind_of(const io::TarEntry& entry)
{
    switch (entry.type) {
    case io::EntryType::file:
        if (entry.is_sparse) {
            throw Error{Errc::unsupported,
                        fmt::format("archive member '{}' is stored as a sparse file", entry.path),
                        "Write the archive without 'tar --sparse'."};
        }
        return Kind::file;
    case io::EntryType::symlink:
    case io::EntryType::hard_link:
        return Kind::link;
    case io::EntryType::directory:
    case io::EntryType::char_device:
    case io::EntryType::block_device:
    case io::EntryType::fifo:
        return Kind::other;
    }
    return Kind::other;
}

[[noreturn]] void not_small(std::string_view name, std::uint64_t limit)
{
    throw Error{
        Errc::corrupt,
        fmt::format("archive member '{}' is not a JSON document of at most {} bytes", name, limit)};
}

// --- read front to back --------------------------------------------------------------------------

/// The stored bytes of the reader's current member.
class MemberSource final : public io::Source {
public:
    explicit MemberSource(io::TarReader& reader) : reader_{reader} {}
    std::size_t read(std::span<std::byte> into) override { return reader_.read_data(into); }

private:
    io::TarReader& reader_;
};

class StreamedArchive final : public Archive {
public:
    StreamedArchive(io::Source& source, store::Store& store, const store::Lease& lease,
                    const ArchiveOptions& options)
        : store_{store}, lease_{lease}, options_{options}
    {
        io::ObservedSource observed{source, [&](std::uint64_t total) { report(total); }};
        io::TarLimits limits;
        limits.max_entries = kMaxEntries;
        limits.max_bytes = options.max_archive_bytes;
        io::TarReader reader{observed, limits};
        while (const io::TarEntry* const entry = reader.next()) {
            std::string name = clean_member_name(entry->path);
            switch (kind_of(*entry)) {
            case Kind::file:
                members_.add(*entry, name, receive(name, *entry, reader));
                break;
            case Kind::link:
                members_.add_link(*entry, std::move(name));
                break;
            case Kind::other:
                break;
            }
        }
        reader.drain(); // so that whoever writes the other end of a pipe is not killed
    }

    bool contains(std::string_view name) const override { return members_.find(name) != nullptr; }

    std::string text(std::string_view name) override
    {
        const Member& member = members_.get(name);
        if (!member.text) {
            not_small(name, options_.max_text_bytes);
        }
        return *member.text;
    }

    ArchivedLayer& layer(std::string_view name, const std::optional<oci::DiffId>&) override
    {
        Member& member = members_.get(name);
        if (!member.layer) {
            throw Error{Errc::corrupt, fmt::format("archive member '{}' is not a layer: {}", name,
                                                   member.problem)};
        }
        return *member.layer;
    }

private:
    struct Member {
        std::optional<std::string> text;
        std::optional<ArchivedLayer> layer;
        std::string problem = "it is not a tar archive";
    };

    void report(std::uint64_t total) const
    {
        if (options_.progress) {
            options_.progress(total);
        }
    }

    Member receive(const std::string& name, const io::TarEntry& entry, io::TarReader& reader)
    {
        MemberSource bytes{reader};
        HeadSource source{bytes};
        Member member;
        if (looks_like_layer(source.head())) {
            try {
                member.layer = receive_layer(source, name, store_, lease_, options_);
            } catch (Error& error) {
                if (error.code() != Errc::corrupt && error.code() != Errc::invalid_argument) {
                    error.add_context(fmt::format("reading archive member '{}'", name));
                    throw;
                }
                // It may be something else that is compressed, and that nobody asks for.
                member.problem = error.what();
            }
        } else if (entry.size <= options_.max_text_bytes &&
                   entry.size <= options_.max_total_text_bytes - text_bytes_) {
            member.text = io::read_all(source, options_.max_text_bytes);
            text_bytes_ += member.text->size();
        }
        return member;
    }

    store::Store& store_;
    const store::Lease& lease_;
    ArchiveOptions options_;
    mutable Members<Member> members_;
    std::uint64_t text_bytes_ = 0;
};

// --- sought in -----------------------------------------------------------------------------------

class SoughtArchive final : public Archive {
public:
    SoughtArchive(sys::Fd file, store::Store& store, const store::Lease& lease,
                  const ArchiveOptions& options)
        : file_{std::move(file)}, store_{store}, lease_{lease}, options_{options}
    {
        io::FdSource source = io::FdSource::borrow(file_);
        io::TarLimits limits;
        limits.max_entries = kMaxEntries;
        io::TarReader reader{source, limits};
        while (const io::TarEntry* const entry = reader.next()) {
            std::string name = clean_member_name(entry->path);
            switch (kind_of(*entry)) {
            case Kind::file:
                members_.add(
                    *entry, std::move(name),
                    Member{.offset = entry->data_offset, .bytes = entry->size, .layer = {}});
                break;
            case Kind::link:
                members_.add_link(*entry, std::move(name));
                break;
            case Kind::other:
                break;
            }
        }
    }

    bool contains(std::string_view name) const override { return members_.find(name) != nullptr; }

    std::string text(std::string_view name) override
    {
        const Member& member = members_.get(name);
        if (member.bytes > options_.max_text_bytes) {
            not_small(name, options_.max_text_bytes);
        }
        io::FdSource source = open(member);
        return io::read_all(source, options_.max_text_bytes);
    }

    ArchivedLayer& layer(std::string_view name, const std::optional<oci::DiffId>& expected) override
    {
        Member& member = members_.get(name);
        if (!member.layer) {
            member.layer = receive(name, member, expected);
        }
        return *member.layer;
    }

private:
    struct Member {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
        std::optional<ArchivedLayer> layer;
    };

    void report(std::uint64_t offset) const
    {
        if (options_.progress) {
            options_.progress(offset);
        }
    }

    io::FdSource open(const Member& member) const
    {
        return {file_.duplicate(), member.offset, member.bytes};
    }

    ArchivedLayer receive(std::string_view name, const Member& member,
                          const std::optional<oci::DiffId>& expected)
    {
        io::FdSource file = open(member);
        io::ObservedSource bytes{file, [&](std::uint64_t total) { report(member.offset + total); }};
        HeadSource source{bytes};
        if (!looks_like_layer(source.head())) {
            throw Error{
                Errc::corrupt,
                fmt::format("archive member '{}' is not a layer: it is not a tar archive", name)};
        }
        // A plain member that is named by the digest of a layer that we have needs no second look:
        // if the archive lies, the true bytes are used. A compressed one has a digest of its own,
        // which only its bytes can prove.
        if (expected && is_plain(source.head()) && store_.layers().hold(*expected, lease_)) {
            return {.diff_id = *expected,
                    .digest = expected->value,
                    .bytes = member.bytes,
                    .pending = {}};
        }
        return in_context([&] { return fmt::format("reading archive member '{}'", name); },
                          [&] { return receive_layer(source, name, store_, lease_, options_); });
    }

    sys::Fd file_;
    store::Store& store_;
    const store::Lease& lease_;
    ArchiveOptions options_;
    mutable Members<Member> members_;
};

} // namespace

std::unique_ptr<Archive> read_archive(io::Source& source, store::Store& store,
                                      const store::Lease& lease, const ArchiveOptions& options)
{
    return std::make_unique<StreamedArchive>(source, store, lease, options);
}

std::unique_ptr<Archive> open_archive(sys::Fd file, store::Store& store, const store::Lease& lease,
                                      const ArchiveOptions& options)
{
    return std::make_unique<SoughtArchive>(std::move(file), store, lease, options);
}

std::string clean_member_name(std::string_view name)
{
    for (std::string_view rest = name; !rest.empty();) {
        const auto end = std::min(rest.find('/'), rest.size());
        if (rest.substr(0, end) == "..") {
            throw Error{Errc::invalid_argument,
                        fmt::format("archive member '{}' has '..' in its name", name)};
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return join_parts(name, name);
}

std::string link_destination(std::string_view name, std::string_view target, io::EntryType type)
{
    if (type == io::EntryType::hard_link || target.starts_with('/')) {
        return join_parts(target, name);
    }
    const auto slash = name.rfind('/');
    const std::string_view folder =
        slash == std::string_view::npos ? std::string_view{} : name.substr(0, slash);
    return join_parts(fmt::format("{}/{}", folder, target), name);
}

} // namespace strata::engine
