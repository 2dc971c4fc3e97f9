// SPDX-License-Identifier: Apache-2.0
//
// The mount of a stack is shared: every mount of an EROFS file has a page cache of its own, so
// containers of one image use one. Who uses it is noted in files under the run root, which vanish
// with the mounts when the machine restarts. The overlay of a container holds a reference of its
// own to the lower mount, so a note that is missing costs memory, never a container its root; a
// note too many (a container that vanished without unmount()) is found by the next unmount().
#include "store/erofs_driver.hpp"

#include "base/error.hpp"
#include "base/scope_exit.hpp"
#include "erofs/index.hpp"
#include "erofs/reader.hpp"
#include "io/source.hpp"
#include "store/layer_files.hpp"
#include "store/upper_folder.hpp"
#include "sys/file.hpp"
#include "sys/file_system.hpp"
#include "sys/folder_reader.hpp"
#include "sys/host.hpp"
#include "sys/lock.hpp"
#include "sys/mount.hpp"
#include "sys/xattr.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

namespace strata::store {
namespace {

/// The tars, and the extras of those layers that have one: the order of write_stack()'s device
/// table.
std::vector<Path> devices_of(const Layout& layout, std::span<const oci::DiffId> chain)
{
    std::vector<Path> devices;
    for (const oci::DiffId& id : chain) {
        const Path folder = layout.layer(id);
        devices.push_back(folder / kTar);
        if (sys::find_status(folder / kExtra)) {
            devices.push_back(folder / kExtra);
        }
    }
    return devices;
}

RootAttributes attributes_of(const Path& folder)
{
    const sys::Fd root = sys::open_file(folder, O_RDONLY | O_DIRECTORY);
    const struct ::stat status = sys::status_of(root);
    RootAttributes attributes{
        .uid = status.st_uid,
        .gid = status.st_gid,
        .mode = status.st_mode & 07777,
        .mtime = {status.st_mtim.tv_sec, static_cast<std::uint32_t>(status.st_mtim.tv_nsec)}};
    for (const std::string& name : sys::list_xattrs(root)) {
        if (auto value = sys::find_xattr(root, name)) {
            attributes.xattrs.push_back({name, std::move(*value)});
        }
    }
    return attributes;
}

class ErofsDriver final : public LayerDriver {
public:
    ErofsDriver(const Layout& layout, const Stacks& stacks) : layout_{layout}, stacks_{stacks} {}

    std::string_view name() const noexcept override { return "erofs"; }
    TarForm tar_form() const noexcept override { return TarForm::plain; }
    bool needs_namespace() const noexcept override { return true; }
    void complete_layer(const Path&, const std::stop_token&) override {
    } // tar and index are all there is
    std::optional<std::string> find_damage(const Path&, const erofs::Reader&,
                                           io::Source&) const override
    {
        return std::nullopt;
    }

    void mount(const RootfsRequest& request) override;
    void unmount(const RootfsRequest& request) override;

    std::optional<Path> upper_folder(const Path& container) const override
    {
        return container / "upper";
    }
    std::optional<Path> root_folder(const Path&) const override { return std::nullopt; }
    std::vector<std::pair<std::string, std::string>> status() const override
    {
        return {{"Backing Filesystem", sys::file_system_name(layout_.root)},
                {"Layers", "EROFS over tar, mounted from files"},
                {"Native Overlay Diff", "true"}};
    }

private:
    void use_stack(const RootfsRequest& request);
    void leave_stack(const RootfsRequest& request);
    bool forget_strangers(const Path& users) const;

    const Layout& layout_;
    const Stacks& stacks_;
};

void ErofsDriver::mount(const RootfsRequest& request)
{
    if (sys::is_mount_point(request.target)) {
        return;
    }
    use_stack(request);
    ScopeExit leave{[&] {
        try {
            leave_stack(request);
        } catch (const Error&) {
            // The note stays, and the next unmount() of this stack finds that nobody is behind it.
        }
    }};
    const Path stack = layout_.stack_mount(Stacks::id_of(request.chain));
    if (const Path upper = request.container / "upper"; !sys::find_status(upper)) {
        ensure_upper(upper, attributes_of(stack));
    }
    sys::ensure_folders(request.container / "work", 0700);
    auto root = sys::DetachedMount::overlay({.lower = {stack},
                                             .upper = request.container / "upper",
                                             .work = request.container / "work"});
    if (request.read_only) {
        root = std::move(root).read_only();
    }
    std::move(root).attach(request.target).release();
    leave.dismiss();
}

void ErofsDriver::unmount(const RootfsRequest& request)
{
    try {
        sys::unmount(request.target);
    } catch (const Error& error) {
        if (error.code() != Errc::conflict) {
            throw;
        }
        sys::unmount(request.target,
                     sys::Unmount::lazily); // somebody still has a file open: nothing to wait for
    }
    leave_stack(request);
}

/// Notes the container as a user and makes sure that the stack is mounted. Building it, too,
/// happens once: under the lock.
void ErofsDriver::use_stack(const RootfsRequest& request)
{
    const oci::ChainId id = Stacks::id_of(request.chain);
    const Path target = layout_.stack_mount(id);
    const Path users = layout_.stack_users(id);
    sys::ensure_folders(layout_.stack_mounts(), 0700);
    const auto lock = sys::FileLock::acquire(layout_.stack_lock(id));
    sys::ensure_folders(users, 0700);
    sys::open_file(users / request.container.filename(), O_WRONLY | O_CREAT, 0600);
    sys::ensure_folders(target, 0700);
    if (!sys::is_mount_point(target)) {
        const sys::Fd stack = stacks_.open(request.chain);
        sys::DetachedMount::erofs(stack, devices_of(layout_, request.chain))
            .attach(target)
            .release();
    }
}

void ErofsDriver::leave_stack(const RootfsRequest& request)
{
    const oci::ChainId id = Stacks::id_of(request.chain);
    const Path users = layout_.stack_users(id);
    if (!sys::find_status(users)) {
        return;
    }
    const auto lock = sys::FileLock::acquire(layout_.stack_lock(id));
    sys::remove_file(users / request.container.filename());
    if (!forget_strangers(users)) {
        return;
    }
    sys::unmount(layout_.stack_mount(id), sys::Unmount::lazily);
    sys::remove_tree(layout_.stack_mount(id));
    sys::remove_tree(users);
    sys::remove_file(layout_.stack_lock(id));
}

/// Removes the notes of containers that are no more; whether none is left.
bool ErofsDriver::forget_strangers(const Path& users) const
{
    const auto folder = sys::find_file(users, O_RDONLY | O_DIRECTORY);
    if (!folder) {
        return true;
    }
    bool none_left = true;
    for (const std::string& container : sys::sorted_names(*folder)) {
        if (sys::find_status(layout_.container(container))) {
            none_left = false;
        } else {
            sys::remove_file(users / container);
        }
    }
    return none_left;
}

} // namespace

std::unique_ptr<LayerDriver> make_erofs_driver(const Layout& layout, const Stacks& stacks)
{
    return std::make_unique<ErofsDriver>(layout, stacks);
}

void probe_erofs_driver(const Layout& layout)
{
    if (sys::in_user_namespace() || !sys::has_capability(sys::Capability::sys_admin)) {
        throw Error{Errc::unsupported, "erofs: needs root on the machine itself"};
    }
    const Lease lease = Lease::create(layout);
    const std::string tar(1024, '\0');
    const sys::Fd device = sys::open_file(lease.folder() / kTar, O_RDWR | O_CREAT, 0600);
    sys::write_all(device, tar);
    const sys::Fd index = sys::open_file(lease.folder() / kIndex, O_RDWR | O_CREAT, 0600);
    io::MemorySource source{tar};
    erofs::write_index(source, index, {}, "probe");
    const std::array devices{lease.folder() / kTar};
    try {
        sys::DetachedMount::erofs(index, devices);
    } catch (const Error& error) {
        throw Error{
            Errc::unsupported,
            fmt::format(
                "erofs: this kernel does not mount it from a file (Linux 6.12 or later does): {}",
                error.what())};
    }
}

} // namespace strata::store
