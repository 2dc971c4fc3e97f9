// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "sys/file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace strata::testing {

/// A new empty folder below $TMPDIR (or /tmp) that goes away, with everything in it, with this
/// object.
class TempDir {
public:
    TempDir()
    {
        const char* const parent = std::getenv("TMPDIR");
        std::string name = std::string{parent != nullptr && *parent != '\0' ? parent : "/tmp"} +
                           "/strata-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) {
            throw_errno("create a temporary folder {}", name);
        }
        path_ = name;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir()
    {
        try {
            sys::remove_tree(path_);
        } catch (const Error& error) {
            fmt::print(stderr, "left behind: {}\n", error.what());
        }
    }

    const sys::Path& path() const noexcept { return path_; }
    sys::Path operator/(const sys::Path& name) const { return path_ / name; }

private:
    sys::Path path_;
};

} // namespace strata::testing
