// SPDX-License-Identifier: Apache-2.0
#include "store/fsck/layer_check.hpp"

#include "base/error.hpp"
#include "db/transaction.hpp"
#include "erofs/reader.hpp"
#include "store/disk_space.hpp"
#include "store/layer_driver.hpp"
#include "store/layer_files.hpp"
#include "store/layer_scan.hpp"
#include "store/records.hpp"
#include "sys/file.hpp"
#include "sys/file_system.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>

namespace strata::store::fsck_steps {
namespace {

bool equal_files(const sys::Fd& one, const sys::Fd& other)
{
    if (sys::size_of(one) != sys::size_of(other)) {
        return false;
    }
    std::vector<std::byte> a(256 << 10);
    std::vector<std::byte> b(a.size());
    std::uint64_t offset = 0;
    while (const std::size_t got = sys::read_full_at(one, a, offset)) {
        if (sys::read_full_at(other, {b.data(), got}, offset) != got ||
            !std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(got), b.begin())) {
            return false;
        }
        offset += got;
    }
    return true;
}

/// How `name` differs from what it should be; empty when it does not.
std::string compare(const Path& folder, const char* name, const sys::Fd& expected)
{
    const auto file = sys::find_file(folder / name, O_RDONLY);
    if (!file) {
        return fmt::format("its {} is missing", name);
    }
    return equal_files(*file, expected) ? ""
                                        : fmt::format("its {} is not what its tar gives", name);
}

std::string find_strangers(const Path& folder)
{
    constexpr std::array<std::string_view, 7> kNames{kTar,  kTarZstd,  kIndex,   kExtra,
                                                     kTree, kUserTree, kRestated};
    for (const std::string& name :
         sys::sorted_names(sys::open_file(folder, O_RDONLY | O_DIRECTORY))) {
        if (std::ranges::find(kNames, name) == kNames.end()) {
            return fmt::format("its folder holds '{}', which is not part of a layer", name);
        }
    }
    return {};
}

/// The first thing that is wrong with what was made from the sound tar.
std::string check_derived(const Path& folder, const LayerDriver& driver, const sys::Fd& index,
                          const sys::Fd& extra, bool has_extra)
{
    if (auto problem = compare(folder, kIndex, index); !problem.empty()) {
        return problem;
    }
    if (has_extra) {
        if (auto problem = compare(folder, kExtra, extra); !problem.empty()) {
            return problem;
        }
    } else if (sys::find_status(folder / kExtra)) {
        return "it has an extra file, which its tar does not need";
    }
    if (auto problem = find_strangers(folder); !problem.empty()) {
        return problem;
    }
    const io::SourcePtr tar = find_tar(folder);
    return driver.find_damage(folder, erofs::Reader{index}, *tar).value_or("");
}

} // namespace

ReceiveOptions without_limits()
{
    ReceiveOptions options;
    options.limits = kNoTarLimits;
    return options;
}

namespace {

/// An extra may be large, so it goes to the disk where that is possible.
sys::Fd room_for_extra(const Layout& layout)
{
    return sys::is_read_only(layout.tmp()) ? sys::create_memory_file()
                                           : sys::create_unnamed_file(layout.tmp());
}

} // namespace

LayerCheck check_layer(const Layout& layout, const LayerDriver& driver, const oci::DiffId& id)
{
    LayerCheck check{.measured = {.diff_id = id}};
    const Path folder = layout.layer(id);
    if (!sys::find_status(folder)) {
        check.problem = "its folder is missing";
        return check;
    }
    const io::SourcePtr tar = find_tar(folder);
    if (!tar) {
        check.problem = "its tar is missing";
        return check;
    }
    // Nearly no layer has an extra, so nearly none needs a block of a disk that may be full.
    const sys::Fd index = sys::create_memory_file();
    const sys::Fd extra = room_for_extra(layout);
    erofs::IndexBuilder builder;
    builder.set_extra(extra.duplicate());
    try {
        const LayerScan scan = scan_layer(*tar, builder, without_limits());
        check.measured.tar_bytes = scan.bytes;
        if (scan.diff_id != id) {
            check.problem = fmt::format("its tar does not match its digest: it is {}, {} bytes",
                                        scan.diff_id, scan.bytes);
            return check;
        }
    } catch (const Error& error) {
        if (error.code() == Errc::cancelled || error.code() == Errc::exhausted) {
            throw; // our trouble, not the tar's
        }
        check.problem = fmt::format("its tar cannot be read: {}", error.what());
        return check;
    }
    check.tar_is_sound = true;
    const erofs::IndexSummary summary = builder.write(index, id.hex(), check.measured.tar_bytes);
    check.measured.content_bytes = summary.content_bytes;
    check.measured.inodes = summary.inodes;
    check.problem = check_derived(folder, driver, index, extra, summary.extra_bytes > 0);
    return check;
}

void adopt_layer(const Context& context, const oci::DiffId& id)
{
    if (!has_row(context.database(), object_of(id))) {
        adopt_layer(context, check_layer(context.layout(), context.store.driver(), id));
    }
}

void adopt_layer(const Context& context, const LayerCheck& check)
{
    const oci::DiffId& id = check.measured.diff_id;
    db::Transaction transaction{context.database()};
    if (has_row(context.database(), object_of(id))) {
        return; // somebody has brought it meanwhile
    }
    insert_layer(transaction, check.measured, disk_bytes_of(context.layout().layer(id)));
    if (!check.tar_is_sound) {
        context.database().execute("UPDATE layer SET damaged = 1 WHERE diff_id = ?", id);
    }
    protect(transaction, *context.lease, object_of(id));
    transaction.commit();
}

} // namespace strata::store::fsck_steps
