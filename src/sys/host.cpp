// SPDX-License-Identifier: Apache-2.0
#include "sys/host.hpp"

#include "base/error.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace strata::sys {

Kernel kernel()
{
    ::utsname names{};
    if (::uname(&names) != 0) {
        throw_errno("uname");
    }
    return {names.sysname, names.release, names.version, names.machine, names.nodename};
}

unsigned cpu_count()
{
    const long count = ::sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? static_cast<unsigned>(count) : 1;
}

std::uint64_t memory_bytes()
{
    struct ::sysinfo info {};
    if (::sysinfo(&info) != 0) {
        throw_errno("sysinfo");
    }
    return std::uint64_t{info.totalram} * info.mem_unit;
}

std::string boot_id()
{
    std::string id = read_small_file("/proc/sys/kernel/random/boot_id");
    id.erase(id.find_last_not_of('\n') + 1);
    return id;
}

std::optional<std::uint64_t> start_time_of(int pid)
{
    const auto file = find_file(fmt::format("/proc/{}/stat", pid), O_RDONLY);
    if (!file) {
        return std::nullopt;
    }
    std::string text;
    try {
        text = read_small_file(*file);
    } catch (const Error& error) {
        if (error.code() == Errc::not_found) { // ESRCH: it ended between the two calls
            return std::nullopt;
        }
        throw;
    }
    // "pid (name) state ppid …": the name may hold spaces and parentheses, so count from the last
    // ')'. The start time is field 22, the name field 2.
    std::string_view rest{text};
    rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
    for (int field = 2; field < 22; ++field) {
        rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
    }
    std::uint64_t ticks = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), ticks).ec != std::errc{}) {
        throw Error{Errc::internal, fmt::format("/proc/{}/stat reads '{}'", pid, text)};
    }
    return ticks;
}

bool has_capability(Capability capability)
{
    ::__user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<::__user_cap_data_struct, 2> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) {
        throw_errno("ask for capabilities");
    }
    const auto number = static_cast<unsigned>(capability);
    return (sets.at(number / 32).effective >> (number % 32) & 1U) != 0;
}

bool in_user_namespace()
{
    // The first namespace's inode number is fixed in the kernel (PROC_USER_INIT_INO).
    struct ::stat status {};
    return ::stat("/proc/self/ns/user", &status) == 0 && status.st_ino != 0xEFFFFFFDU;
}

Path own_executable()
{
    return "/proc/self/exe";
}

} // namespace strata::sys
