// SPDX-License-Identifier: Apache-2.0
//
// A whole tar, read: for the tests of what the reader makes of it.
#pragma once

#include "io/tar_reader.hpp"
#include "testing/errors.hpp"
#include "testing/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace strata::io::testing {

inline std::string read_content(TarReader& reader)
{
    std::string content;
    std::byte buffer[777];
    while (const std::size_t got = reader.read_data(buffer)) {
        content.append(reinterpret_cast<const char*>(buffer), got);
    }
    return content;
}

struct ReadEntry {
    TarEntry entry;
    std::string content;
};

inline std::vector<ReadEntry> read_tar(std::string_view tar, const TarLimits& limits = {})
{
    MemorySource source{tar};
    TarReader reader{source, limits};
    std::vector<ReadEntry> entries;
    while (const TarEntry* entry = reader.next()) {
        entries.push_back({*entry, read_content(reader)});
    }
    return entries;
}

inline TarEntry read_only_entry(const strata::testing::RawTar& tar)
{
    const auto entries = read_tar(tar.bytes());
    EXPECT_EQ(entries.size(), 1u);
    return entries.at(0).entry;
}

inline std::vector<std::string> names_of(const std::vector<ReadEntry>& entries)
{
    std::vector<std::string> names;
    for (const ReadEntry& read : entries) {
        names.push_back(read.entry.path);
    }
    return names;
}

} // namespace strata::io::testing

/// Reading `tar` fails with this code and a message that says so.
#define EXPECT_REFUSED(tar, code, text)                                                            \
    EXPECT_THAT([&] { strata::io::testing::read_tar((tar).bytes()); },                             \
                strata::testing::FailsWith(code, ::testing::HasSubstr(text)))
