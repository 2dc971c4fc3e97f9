// SPDX-License-Identifier: Apache-2.0
//
// The names in a layer's tar, some of which say what is not there (OCI image specification,
// layer.md, "Whiteouts").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::io {

struct LayerName {
    enum class Kind : std::uint8_t {
        entry,    // a file, a folder, a link…
        whiteout, // `.wh.x`: `components` ends with x, which is gone from the layers below
        opaque,   // `.wh..wh..opq`: `components` is the folder whose content below is gone
        ignored,  // other `.wh..wh.*`: aufs's own bookkeeping
    };
    Kind kind = Kind::entry;
    std::vector<std::string> components; // without "" and "."; empty: the root
};

/// Throws Errc::invalid_argument for "..", a NUL, a component over 255 bytes, a whiteout of
/// nothing. A leading slash is dropped, as tar(1) does.
LayerName parse_layer_name(std::string_view path);

} // namespace strata::io
