// SPDX-License-Identifier: Apache-2.0
#include "store/drivers.hpp"

#include "base/error.hpp"
#include "store/erofs_driver.hpp"
#include "store/overlay_driver.hpp"
#include "store/vfs_driver.hpp"

#include <array>

namespace strata::store {
namespace {

constexpr std::array kKinds{
    DriverKind{"erofs", make_erofs_driver, probe_erofs_driver},
    DriverKind{"overlay", make_overlay_driver, probe_overlay_driver},
    DriverKind{"vfs", make_vfs_driver, probe_vfs_driver},
};

} // namespace

std::span<const DriverKind> driver_kinds()
{
    return kKinds;
}

const DriverKind& driver_kind(std::string_view name)
{
    std::string known;
    for (const DriverKind& kind : kKinds) {
        if (kind.name == name) {
            return kind;
        }
        known += fmt::format("{}'{}'", known.empty() ? "" : ", ", kind.name);
    }
    throw Error{Errc::invalid_argument,
                fmt::format("there is no storage driver '{}'; there are {}", name, known)};
}

std::string choose_driver(const Layout& layout, const std::optional<std::string>& wanted)
{
    if (wanted) {
        driver_kind(*wanted).probe(layout);
        return *wanted;
    }
    std::string reasons;
    for (const DriverKind& kind : kKinds) {
        try {
            kind.probe(layout);
            return std::string{kind.name};
        } catch (const Error& error) {
            if (error.code() != Errc::unsupported) {
                throw;
            }
            reasons += fmt::format("{}{}", reasons.empty() ? "" : "; ", error.what());
        }
    }
    throw Error{Errc::unsupported, fmt::format("no storage driver works here: {}", reasons)};
}

} // namespace strata::store
