// SPDX-License-Identifier: Apache-2.0
//
// What a container wrote, as a layer tar. Used by commit, and by whatever else turns an upper
// folder into a layer.
#pragma once

#include "container/upper_walk.hpp"
#include "io/source.hpp"
#include "io/tar_entry.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace strata::container {

struct UpperTarOptions {
    UpperForm form = UpperForm::overlay;
    std::optional<io::TarTime> latest{}; // no entry is younger (SOURCE_DATE_EPOCH)
};

/// A deterministic tar of it, made while it is read: nothing is staged, and memory is what the list
/// of names needs.
///
/// Entries are sorted, parents first, folders on the way to a change included. Everything in an
/// overlay upper goes in, even a file that differs in nothing that `diff` looks at: it was written,
/// and the bytes may differ. Deleted names are
/// `.wh.name`, with the time of their folder; opaque folders begin with `.wh..wh..opq`. Names of
/// one inode are hard links to the first of them. Xattrs user.*, security.capability and POSIX ACLs
/// are kept, others are not; sockets are left out.
///
/// Throws Errc::unsupported for a file whose name begins with ".wh.", which a layer cannot hold,
/// and Errc::conflict when a file shrinks while it is read.
class UpperTar final : public io::Source {
public:
    /// Borrows `upper`. `base` is used in the constructor only.
    UpperTar(const sys::Fd& upper, const erofs::Reader* base, const UpperTarOptions& options);
    ~UpperTar() override;

    /// Whether nothing was written at all: a layer of it would be empty.
    bool empty() const noexcept;

    std::size_t read(std::span<std::byte> into) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace strata::container
