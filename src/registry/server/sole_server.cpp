// SPDX-License-Identifier: Apache-2.0
#include "registry/server/sole_server.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/copy.hpp"
#include "sys/file.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <span>
#include <string>

namespace strata::registry {
namespace {

constexpr std::size_t kMostSaid = 4096;

/// What the server that there is says of itself: "process 123, at 127.0.0.1:5000".
std::string who_serves(const sys::Path& file)
{
    try {
        const std::string text = sys::read_small_file(file, kMostSaid);
        if (const std::string_view said = trim(text); !said.empty()) {
            return std::string{said};
        }
    } catch (const Error&) { // its file went, or is not for us: that somebody serves is certain
    }
    return "another process";
}

sys::FileLock take(const std::filesystem::path& root)
{
    const sys::Path folder = root / "strata";
    sys::ensure_folders(folder);
    auto lock = sys::FileLock::try_acquire(folder / "server");
    if (!lock) {
        throw Error{
            Errc::conflict,
            fmt::format("{} is served already by {}", root.native(), who_serves(folder / "server")),
            "Stop that one first, or give this one another rootdirectory."};
    }
    return std::move(*lock);
}

void write(const sys::Fd& file, std::string_view text)
{
    sys::resize(file, 0);
    sys::write_all_at(file, std::as_bytes(std::span{text}), 0);
}

} // namespace

SoleServer::SoleServer(const std::filesystem::path& root) : lock_{take(root)}
{
    write(lock_.fd(), fmt::format("process {}\n", ::getpid()));
}

void SoleServer::note_address(std::string_view address)
{
    write(lock_.fd(), fmt::format("process {}, at {}\n", ::getpid(), address));
}

} // namespace strata::registry
