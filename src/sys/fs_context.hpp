// SPDX-License-Identifier: Apache-2.0
//
// A file system in the making: fsopen(2), fsconfig(2), fsmount(2). Internal to sys.
#pragma once

#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <string>

namespace strata::sys {

class FsContext {
public:
    /// Throws Errc::unsupported when the kernel does not know the file system.
    explicit FsContext(const std::string& file_system);

    /// Each throws with what the kernel says about it.
    void set(const char* key, const std::string& value);
    void set_flag(const char* key);
    /// The super block; all parameters are set by now.
    void create();
    /// The root of a new mount of it, attached nowhere.
    Fd mount();

    bool try_set(const char* key, const std::string& value) noexcept;

private:
    [[noreturn]] void fail(int error_number, const std::string& doing);

    Fd context_;
    std::string file_system_;
};

/// How to name a file in a parameter: by its path where that is short and means only itself,
/// otherwise by its descriptor, which must stay open until create(). A parameter has at most 255
/// bytes, and overlayfs reads ':', ',' and '\' in some of them.
std::string parameter_for(const Path& path, const Fd& opened);

} // namespace strata::sys
