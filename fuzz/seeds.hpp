// SPDX-License-Identifier: Apache-2.0
//
// What the fuzz targets start from, made in code: each writes <folder>/<target>/<name>.
#pragma once

#include "sys/file.hpp"

namespace strata::fuzz {

void make_engine_seeds(const sys::Path& folder);
void make_erofs_seeds(const sys::Path& folder);
void make_http_seeds(const sys::Path& folder);
void make_io_seeds(const sys::Path& folder);
void make_oci_seeds(const sys::Path& folder);
void make_registry_api_seeds(const sys::Path& folder);
void make_registry_seeds(const sys::Path& folder);
void make_template_seeds(const sys::Path& folder);

} // namespace strata::fuzz
