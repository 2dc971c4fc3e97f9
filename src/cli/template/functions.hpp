// SPDX-License-Identifier: Apache-2.0
//
// The functions that templates may call: Go's own and Docker's.
#pragma once

#include "cli/template/value.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace strata::cli::templates {

enum class Parameter : std::uint8_t { any, string, integer, strings };

struct Function {
    static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

    std::string_view name;
    std::size_t least;
    std::size_t most;
    /// Arguments are resolved, and as many and of the kinds that are asked for. Throws
    /// Errc::invalid_argument. Null for `and` and `or`, which do not evaluate all of theirs.
    Value (*call)(std::span<const Value> arguments);
    std::array<Parameter, 3> parameters; // the last one also holds for all that follow
    /// In the header row of a table it returns its first argument, so that `{{upper .Name}}` keeps
    /// the header's name.
    bool is_identity_in_header = false;
};

const Function* find_function(std::string_view name);

std::string_view parameter_name(Parameter parameter); // as error messages have it: "[]string"

} // namespace strata::cli::templates
