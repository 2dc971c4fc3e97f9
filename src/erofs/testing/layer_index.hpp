// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "erofs/fuse.hpp"
#include "erofs/index.hpp"
#include "erofs/reader.hpp"
#include "io/source.hpp"
#include "io/tar_writer.hpp"
#include "sys/file.hpp"
#include "testing/random_tree.hpp"
#include "testing/temp_dir.hpp"

#include <fcntl.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata::erofs::testing {

/// An archive of these members.
inline std::string tar_of(const std::vector<strata::testing::TreeEntry>& entries)
{
    io::StringSink sink;
    io::TarWriter writer{sink};
    for (const strata::testing::TreeEntry& entry : entries) {
        writer.add(entry.entry);
        writer.write_data(entry.content);
    }
    writer.finish();
    return sink.text;
}

/// The index of a tar that lies in memory, in files of its own.
class LayerIndex {
public:
    explicit LayerIndex(std::string tar) : tar_{std::move(tar)}
    {
        io::MemorySource source{std::string_view{tar_}};
        const sys::Fd index = make("index");
        summary_ = write_index(source, index, make("extra"), "layer");
        sys::write_all(make("tar"), tar_);
    }

    Reader reader() const { return Reader{sys::open_file(index_path(), O_RDONLY)}; }
    const IndexSummary& summary() const noexcept { return summary_; }
    const std::string& tar() const noexcept { return tar_; }

    sys::Path index_path() const { return folder_ / "index"; }
    /// The files that a mount needs, in their order.
    std::vector<sys::Path> devices() const
    {
        std::vector<sys::Path> paths{folder_ / "tar"};
        if (summary_.extra_bytes > 0) {
            paths.push_back(folder_ / "extra");
        }
        return paths;
    }

private:
    sys::Fd make(const char* name) const
    {
        return sys::open_file(folder_ / name, O_RDWR | O_CREAT | O_EXCL, 0600);
    }

    strata::testing::TempDir folder_;
    std::string tar_;
    IndexSummary summary_;
};

/// The stack of some layers, lowest first, which must outlive it.
class Stack {
public:
    explicit Stack(const std::vector<const LayerIndex*>& layers)
    {
        std::vector<Reader> readers;
        for (const LayerIndex* const layer : layers) {
            readers.push_back(layer->reader());
            for (sys::Path& device : layer->devices()) {
                devices_.push_back(std::move(device));
            }
        }
        std::vector<const Reader*> pointers;
        for (const Reader& reader : readers) {
            pointers.push_back(&reader);
        }
        write_stack(pointers, sys::open_file(path(), O_RDWR | O_CREAT | O_EXCL, 0600));
    }

    Reader reader() const { return Reader{sys::open_file(path(), O_RDONLY)}; }
    sys::Path path() const { return folder_ / "stack"; }
    const std::vector<sys::Path>& devices() const noexcept { return devices_; }

private:
    strata::testing::TempDir folder_;
    std::vector<sys::Path> devices_;
};

} // namespace strata::erofs::testing
