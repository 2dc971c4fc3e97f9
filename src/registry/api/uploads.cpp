// SPDX-License-Identifier: Apache-2.0
//
// Uploads: begun with POST, filled with PATCH, completed with PUT; or all of it with one POST; or
// not at all, because the blob is there already in another repository ("mount").
//
// The state of an upload is its file: what has been written of it has arrived, whatever became of
// the connection, and the client is told so in Range. So a chunk that was broken off is continued
// and not sent again. Nothing is a blob before all of it matched its digest.
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/strings.hpp"
#include "registry/api/api.hpp"
#include "registry/api/events.hpp"
#include "registry/api/handlers.hpp"
#include "registry/api/ranges.hpp"
#include "registry/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <thread>

namespace strata::registry::api::uploads {
namespace {

/// The body, whose failures are the client's and not the disk's.
class RequestBody final : public io::Source {
public:
    explicit RequestBody(http::Body& body) : body_{body} {}

    std::size_t read(std::span<std::byte> into) override
    {
        try {
            return body_.read(into);
        } catch (const Error& error) {
            if (error.code() == Errc::exhausted) {
                throw Refused{Code::size_invalid, error.message()}.status(413);
            }
            if (error.code() == Errc::invalid_argument) {
                throw Refused{Code::size_invalid, error.message()};
            }
            throw;
        }
    }

private:
    http::Body& body_;
};

/// A random UUID (RFC 9562 §5.4).
std::string new_id()
{
    std::array<std::byte, 16> bytes{};
    fill_random(bytes);
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
        text += fmt::format("{:02x}", static_cast<unsigned>(bytes[i]));
    }
    return text;
}

bool is_id(std::string_view text)
{
    return text.size() == 36 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
           });
}

/// ?digest-algorithm=: announced with POST, and kept in the Location so that it comes back.
oci::HashAlgorithm announced_algorithm(const Call& call)
{
    if (const auto name = call.parameter("digest-algorithm")) {
        if (*name == "sha512") {
            return oci::HashAlgorithm::sha512;
        }
        if (*name != "sha256") {
            throw Refused{Code::digest_invalid, "sha256 and sha512 are the algorithms known here"};
        }
    }
    return oci::HashAlgorithm::sha256;
}

// --- answers -------------------------------------------------------------------------------------

std::string range_of(std::uint64_t size)
{
    return fmt::format("0-{}", size == 0 ? 0 : size - 1);
}

std::string location(const Call& call, std::string_view id)
{
    std::string path = fmt::format("/v2/{}/blobs/uploads/{}", call.repository(), id);
    if (const auto algorithm = call.parameter("digest-algorithm")) {
        path += "?digest-algorithm=" + http::percent_encode(*algorithm);
    }
    return call.url(path);
}

http::Response progress(const Call& call, std::uint16_t status, std::string_view id,
                        std::uint64_t size)
{
    http::Response response{.status = status};
    response.field("Location", location(call, id));
    response.field("Range", range_of(size));
    response.field("Docker-Upload-UUID", std::string{id});
    return response;
}

http::Response created(const Call& call, const Digest& digest)
{
    http::Response response{.status = 201};
    response.field("Location",
                   call.url(fmt::format("/v2/{}/blobs/{}", call.repository(), digest.str())));
    response.field("Docker-Content-Digest", digest.str());
    return response;
}

/// 416, with all that a client needs in order to go on from where we are.
Refused out_of_order(const Call& call, std::uint64_t size, std::string message)
{
    return Refused{Code::range_invalid, std::move(message)}
        .field("Location", location(call, call.target.reference))
        .field("Range", range_of(size))
        .field("Docker-Upload-UUID", std::string{call.target.reference});
}

// --- steps ---------------------------------------------------------------------------------------

Upload find_upload(const Call& call)
{
    const std::string_view id = call.target.reference;
    auto upload = is_id(id) ? call.services.metadata.find_upload(call.repository(), id)
                            : std::optional<Upload>{};
    if (!upload) {
        throw Refused{Code::upload_unknown};
    }
    return std::move(*upload);
}

/// For writing. Whoever is still writing to it is probably the same client's broken connection,
/// which ends as soon as that is noticed.
std::unique_ptr<UploadFile> open(const Call& call, oci::HashAlgorithm algorithm)
{
    constexpr int kPatience = 100; // times 10 ms
    for (int attempt = 0;; ++attempt) {
        try {
            return call.services.files.open_upload(call.repository(), call.target.reference,
                                                   algorithm);
        } catch (const Error& error) {
            if (error.code() == Errc::not_found) {
                throw Refused{Code::upload_unknown};
            }
            if (error.code() != Errc::conflict) {
                throw;
            }
            if (attempt == kPatience) {
                throw Refused{Code::unavailable, "somebody else is writing to this upload"}.field(
                    "Retry-After", "1");
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

/// What the chunk must be, if the request says so. Throws Refused unless it follows what is there.
std::optional<ByteRange> announced_chunk(const Call& call, std::uint64_t size)
{
    const auto field = call.request.field("content-range");
    if (!field) {
        return std::nullopt;
    }
    const auto chunk = parse_content_range(*field);
    if (!chunk) {
        throw out_of_order(call, size, "Content-Range is not \"first-last\"");
    }
    if (chunk->offset != size) {
        throw out_of_order(
            call, size,
            fmt::format("{} bytes have arrived; the chunk begins at {}", size, chunk->offset));
    }
    if (const auto length = call.request.content_length(); length && *length != chunk->length) {
        throw Refused{Code::size_invalid, "Content-Range and Content-Length differ"};
    }
    return chunk;
}

void write_all(Call& call, UploadFile& file)
{
    RequestBody body{call.body};
    file.write_from(body);
}

void discard(const Call& call, const Upload& upload)
{
    call.services.files.remove_upload(upload.repository, upload.id);
    call.services.metadata.remove_upload(upload.id);
}

/// Takes the body of the request, however it comes.
void receive(Call& call, UploadFile& file)
{
    const std::uint64_t before = file.size();
    const auto chunk = announced_chunk(call, before);
    write_all(call, file);
    if (chunk && file.size() - before != chunk->length) {
        file.truncate(before);
        throw Refused{Code::size_invalid, "the chunk is not as long as Content-Range says"};
    }
}

/// Makes the upload a blob of the repository. Throws Refused with DIGEST_INVALID if it is another
/// one than promised; nothing is left of it then.
http::Response publish(const Call& call, const Upload& upload, std::unique_ptr<UploadFile> file,
                       const Digest& digest)
{
    std::uint64_t size = 0;
    try {
        size = publish_upload(call.services.metadata, call.services.files, upload, *file, digest,
                              call.quota())
                   .size;
    } catch (const Error& error) {
        if (error.code() != Errc::corrupt) {
            throw;
        }
        file.reset();
        discard(call, upload);
        throw Refused{Code::digest_invalid, error.message(),
                      fmt::format(R"({{"digest":"{}"}})", digest.str())};
    }
    tell(call, {.action = Event::Action::push,
                .repository = call.repository(),
                .digest = digest,
                .media_type = "application/octet-stream",
                .size = size});
    return created(call, digest);
}

Upload begin(const Call& call)
{
    const Timestamp time = now();
    Upload upload{.id = new_id(),
                  .repository = std::string{call.repository()},
                  .started = time,
                  .touched = time};
    call.services.files.create_upload(upload.repository, upload.id);
    call.services.metadata.add_upload(upload);
    return upload;
}

// --- mounting ------------------------------------------------------------------------------------

/// Whether the caller could read the blob in `repository`; looks only where it may look.
bool can_read(const Call& call, std::string_view repository, const Digest& digest)
{
    return is_repository_name(repository) && call.may(repository, Action::pull) &&
           call.services.metadata.find_blob(repository, digest).has_value();
}

std::optional<std::string> readable_source(const Call& call, const Digest& digest)
{
    const std::vector<std::string> holders = call.services.metadata.repositories_with_blob(digest);
    const auto found = std::ranges::find_if(
        holders, [&](const std::string& repository) { return call.may(repository, Action::pull); });
    return found == holders.end() ? std::nullopt : std::optional{*found};
}

/// False if it has to be uploaded; the client is not told why, so that nobody can find out what
/// repositories hold that he must not read.
bool mount(const Call& call, const Digest& digest)
{
    std::optional<std::string> from{call.parameter("from")};
    if (!from || from->empty()) {
        from = readable_source(call, digest);
    } else if (!can_read(call, *from, digest)) {
        from.reset();
    }
    if (!from || !call.services.metadata.mount_blob(call.repository(), digest, call.quota())) {
        return false;
    }
    if (is_heard(call.services, Event::Action::mount)) {
        const auto blob = call.services.metadata.find_blob(call.repository(), digest);
        tell(call, {.action = Event::Action::mount,
                    .repository = call.repository(),
                    .digest = digest,
                    .media_type = "application/octet-stream",
                    .size = blob ? blob->size : 0,
                    .from_repository = *from});
    }
    return true;
}

/// POST with ?digest=: the whole blob at once.
http::Response upload_at_once(Call& call, const Digest& digest)
{
    const Upload upload = begin(call);
    auto file = call.services.files.open_upload(upload.repository, upload.id, digest.algorithm());
    try {
        write_all(call, *file);
    } catch (const std::exception&) {
        file.reset();
        discard(call, upload);
        throw;
    }
    return publish(call, upload, std::move(file), digest);
}

} // namespace

http::Response start(Call& call)
{
    if (const auto text = call.parameter("mount")) {
        const auto digest = Digest::try_parse(*text);
        if (digest && mount(call, *digest)) {
            return created(call, *digest);
        }
    } else if (const auto promised = call.parameter("digest")) {
        const Digest digest = parse_digest(*promised);
        if (call.request.content_length() != 0) {
            return upload_at_once(call, digest);
        }
    }
    announced_algorithm(call);
    return progress(call, 202, begin(call).id, 0);
}

http::Response status(Call& call)
{
    const Upload upload = find_upload(call);
    const auto size = call.services.files.upload_size(call.repository(), upload.id);
    if (!size) {
        throw Refused{Code::upload_unknown};
    }
    return progress(call, 204, upload.id, *size);
}

http::Response append(Call& call)
{
    const Upload upload = find_upload(call);
    const auto file = open(call, announced_algorithm(call));
    receive(call, *file);
    call.services.metadata.touch_upload(upload.id);
    return progress(call, 202, upload.id, file->size());
}

http::Response finish(Call& call)
{
    const Upload upload = find_upload(call);
    const auto promised = call.parameter("digest");
    if (!promised) {
        throw Refused{Code::digest_invalid, "the query has no digest"};
    }
    const Digest digest = parse_digest(*promised);
    auto file = open(call, digest.algorithm());
    receive(call, *file);
    return publish(call, upload, std::move(file), digest);
}

http::Response cancel(Call& call)
{
    const Upload upload = find_upload(call);
    open(call, oci::HashAlgorithm::sha256).reset(); // waits for who is writing
    discard(call, upload);
    return http::Response{.status = 204};
}

} // namespace strata::registry::api::uploads
