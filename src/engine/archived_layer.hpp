// SPDX-License-Identifier: Apache-2.0
//
// One layer of an archive, from the bytes of its member.
#pragma once

#include "engine/archive.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace strata::engine {

/// Lets one look at the first bytes of a source, which are read again afterwards.
class HeadSource final : public io::Source {
public:
    explicit HeadSource(io::Source& rest);
    std::span<const std::byte> head() const { return {bytes_.data(), size_}; }
    std::size_t read(std::span<std::byte> into) override;

private:
    io::Source& rest_;
    std::array<std::byte, 512> bytes_{};
    std::size_t size_ = 0;
    std::size_t taken_ = 0;
};

/// Whether bytes that begin like this are a tar or something compressed. JSON is neither.
bool looks_like_layer(std::span<const std::byte> head);
bool is_plain(std::span<const std::byte> head);

/// Puts a layer into the lease, verifying that it is one. If it is compressed and named as a blob,
/// its own bytes are hashed, and kept if `options` say so.
ArchivedLayer receive_layer(io::Source& member, std::string_view name, store::Store& store,
                            const store::Lease& lease, const ArchiveOptions& options);

} // namespace strata::engine
