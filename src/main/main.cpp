// SPDX-License-Identifier: Apache-2.0
#include "cli/dispatch.hpp"

int main(int argc, char** argv)
{
    return strata::cli::run_command_line(argc - 1, argv + 1);
}
