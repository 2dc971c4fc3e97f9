// SPDX-License-Identifier: Apache-2.0
//
// What every container finds in its root whatever its image holds: mount points and /.dockerenv.
// Docker keeps them in a layer of their own below the container's; we make them in the container's
// upper and never show them: they are neither in `diff` nor in a commit as long as they are as we
// made them.
#pragma once

#include "sys/root.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace strata::container {

enum class InitKind : std::uint8_t { folder, file, symlink };

struct InitFile {
    std::string_view path; // without a leading slash
    InitKind kind;
    std::string_view target{}; // of a symlink
};

std::span<const InitFile> init_files();
const InitFile* find_init_file(std::string_view path);

/// Makes those that are not there. What is there stays, whatever it is.
void make_init_files(const sys::Root& root);

/// Whether something with this status can be what make_init_files() made at `file`'s path.
bool is_untouched(const InitFile& file, const struct ::stat& status);

} // namespace strata::container
