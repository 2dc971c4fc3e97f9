// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "db/transaction.hpp"
#include "io/hash.hpp"
#include "store/fsck/context.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

namespace strata::store::fsck_steps {
namespace {

struct Row {
    oci::Digest digest;
    std::uint64_t bytes = 0;
    bool damaged = false;

    std::uint64_t found_bytes = 0;
    std::string problem{}; // empty: sound
};

oci::Digest digest_of(const sys::Fd& file, oci::HashAlgorithm algorithm, std::uint64_t& bytes)
{
    io::Hasher hasher{algorithm == oci::HashAlgorithm::sha256 ? io::Hasher::Algorithm::sha256
                                                              : io::Hasher::Algorithm::sha512};
    std::vector<std::byte> buffer(1 << 20);
    while (const std::size_t got = sys::read_full_at(file, buffer, bytes)) {
        hasher.update(std::span<const std::byte>{buffer.data(), got});
        bytes += got;
    }
    return oci::Digest::from_bytes(hasher.finish());
}

void check(const Layout& layout, Row& row)
{
    const auto file = sys::find_file(layout.blob({row.digest}), O_RDONLY);
    if (!file) {
        row.problem = "its file is missing";
        return;
    }
    const oci::Digest found = digest_of(*file, row.digest.algorithm(), row.found_bytes);
    if (found != row.digest) {
        row.problem = fmt::format("its file does not match its digest: it is {}, {} bytes", found,
                                  row.found_bytes);
    }
}

/// Nobody can make the bytes again; but whoever loads or pulls them finds the blob absent, and
/// writes it anew.
void mark(const Context& context, const Row& row)
{
    db::Transaction transaction{context.database()};
    context.database().execute("UPDATE blob SET damaged = ?, bytes = ? WHERE digest = ?",
                               !row.problem.empty(),
                               row.problem.empty() ? row.found_bytes : row.bytes, row.digest);
    transaction.commit();
}

} // namespace

void check_blobs(const Context& context)
{
    std::vector<Row> rows;
    context.database().for_each<oci::Digest, std::uint64_t, bool>(
        "SELECT digest, bytes, damaged FROM blob ORDER BY digest",
        [&](const oci::Digest& digest, std::uint64_t bytes, bool damaged) {
            rows.push_back({digest, bytes, damaged});
        });
    context.say(fmt::format("checking {} blobs", rows.size()));
    in_parallel(rows.size(), [&](std::size_t i) { check(context.layout(), rows[i]); });

    for (const Row& row : rows) {
        ++context.report.blobs;
        context.report.bytes_hashed += row.found_bytes;
        const std::string subject = "blob " + row.digest.str();
        const bool wrong_size = row.problem.empty() && row.found_bytes != row.bytes;
        if (!row.problem.empty() && !has_row(context.database(), {ObjectKind::blob, row.digest})) {
            continue;
        }
        if (!row.problem.empty()) {
            context.found(
                {subject, row.problem, false, images_with_config(context.database(), row.digest)});
        } else if (wrong_size) {
            context.found({subject,
                           fmt::format("the database says {} bytes, its file has {}", row.bytes,
                                       row.found_bytes),
                           context.repairs(),
                           {}});
        }
        if (context.repairs() && (wrong_size || row.damaged == row.problem.empty())) {
            mark(context, row);
        }
    }
}

} // namespace strata::store::fsck_steps
