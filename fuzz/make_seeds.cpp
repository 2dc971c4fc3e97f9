// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "seeds.hpp"

#include <cstdio>

int main(int argc, char** argv)
try {
    if (argc != 2) {
        fmt::print(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    strata::fuzz::make_engine_seeds(argv[1]);
    strata::fuzz::make_erofs_seeds(argv[1]);
    strata::fuzz::make_http_seeds(argv[1]);
    strata::fuzz::make_io_seeds(argv[1]);
    strata::fuzz::make_oci_seeds(argv[1]);
    strata::fuzz::make_registry_api_seeds(argv[1]);
    strata::fuzz::make_registry_seeds(argv[1]);
    strata::fuzz::make_template_seeds(argv[1]);
    return 0;
} catch (const strata::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
