// SPDX-License-Identifier: Apache-2.0
#include "registry/metrics/process_metrics.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/file.hpp"
#include "sys/folder_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

namespace strata::registry {
namespace {

void print(std::string& out, std::string_view name, std::string_view type, std::string_view help,
           double value)
{
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
}

double field(const std::vector<std::string>& fields, std::size_t index)
{
    return index < fields.size()
               ? static_cast<double>(parse_integer<std::uint64_t>(fields[index]).value_or(0))
               : 0;
}

/// The second line of /proc/stat that matters: when the machine started.
double boot_time()
{
    for (const std::string& line : split(sys::read_small_file("/proc/stat"), '\n')) {
        if (line.starts_with("btime ")) {
            return field(split_words(line), 1);
        }
    }
    return 0;
}

} // namespace

void print_process(std::string& out)
{
    try {
        const std::string stat = sys::read_small_file("/proc/self/stat");
        // proc(5); what follows the name in parentheses, which may itself hold anything
        const std::vector<std::string> fields =
            split_words(std::string_view{stat}.substr(stat.rfind(')') + 1));
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
        print(out, "process_cpu_seconds_total", "counter",
              "Total user and system CPU time spent in seconds.",
              (field(fields, 11) + field(fields, 12)) / ticks);
        print(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
              field(fields, 21) * page);
        print(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
              field(fields, 20));
        print(out, "process_start_time_seconds", "gauge",
              "Start time of the process since unix epoch in seconds.",
              boot_time() + field(fields, 19) / ticks);
        print(out, "process_threads", "gauge", "Threads of the process.", field(fields, 17));
        const sys::Fd folder = sys::open_file("/proc/self/fd", O_RDONLY | O_DIRECTORY);
        print(out, "process_open_fds", "gauge", "Number of open file descriptors.",
              static_cast<double>(sys::sorted_names(folder).size()));
    } catch (const Error&) { // no /proc: the registry's own numbers are worth having all the same
    }
}

} // namespace strata::registry
