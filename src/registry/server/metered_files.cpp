// SPDX-License-Identifier: Apache-2.0
#include "registry/server/metered_files.hpp"

#include <chrono>
#include <utility>

namespace strata::registry {
namespace {

using Clock = std::chrono::steady_clock;

/// What fails has taken its time as well.
class Timed {
public:
    Timed(Metrics& metrics, StorageAction action) : metrics_{metrics}, action_{action} {}
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;
    ~Timed() { metrics_.storage_action(action_, Clock::now() - begun_); }

private:
    Metrics& metrics_;
    const StorageAction action_;
    const Clock::time_point begun_ = Clock::now();
};

/// Only what ends it is timed: how long bytes take to come is their client's affair.
class MeteredUpload final : public UploadFile {
public:
    MeteredUpload(std::unique_ptr<UploadFile> file, Metrics& metrics)
        : file_{std::move(file)}, metrics_{metrics}
    {
    }

    std::uint64_t size() const noexcept override { return file_->size(); }
    void write(std::span<const std::byte> bytes) override { file_->write(bytes); }
    std::uint64_t write_from(io::Source& source) override { return file_->write_from(source); }
    void truncate(std::uint64_t size) override { file_->truncate(size); }
    void seal(const Digest& digest) override { file_->seal(digest); }
    void publish(const DigestLock& lock) override
    {
        const Timed timed{metrics_, StorageAction::move};
        file_->publish(lock);
    }

private:
    const std::unique_ptr<UploadFile> file_;
    Metrics& metrics_;
};

class MeteredFiles final : public BlobFiles {
public:
    MeteredFiles(std::unique_ptr<BlobFiles> files, Metrics& metrics)
        : files_{std::move(files)}, metrics_{metrics}
    {
    }

    std::optional<Open> open(const Digest& digest) override
    {
        const Timed timed{metrics_, StorageAction::reader};
        return files_->open(digest);
    }
    DigestLock lock(const Digest& digest) override { return files_->lock(digest); }
    bool remove(const DigestLock& lock) override
    {
        const Timed timed{metrics_, StorageAction::remove};
        return files_->remove(lock);
    }
    void write(const DigestLock& lock, std::string_view bytes) override
    {
        const Timed timed{metrics_, StorageAction::put_content};
        files_->write(lock, bytes);
    }
    void sync() override { files_->sync(); }
    void create_upload(std::string_view repository, std::string_view id) override
    {
        const Timed timed{metrics_, StorageAction::put_content};
        files_->create_upload(repository, id);
    }
    std::optional<std::uint64_t> upload_size(std::string_view repository,
                                             std::string_view id) override
    {
        const Timed timed{metrics_, StorageAction::stat};
        return files_->upload_size(repository, id);
    }
    std::unique_ptr<UploadFile> open_upload(std::string_view repository, std::string_view id,
                                            oci::HashAlgorithm expected) override
    {
        const Timed timed{metrics_, StorageAction::writer};
        return std::make_unique<MeteredUpload>(files_->open_upload(repository, id, expected),
                                               metrics_);
    }
    void remove_upload(std::string_view repository, std::string_view id) override
    {
        const Timed timed{metrics_, StorageAction::remove};
        files_->remove_upload(repository, id);
    }

private:
    const std::unique_ptr<BlobFiles> files_;
    Metrics& metrics_;
};

} // namespace

std::unique_ptr<BlobFiles> metered(std::unique_ptr<BlobFiles> files, Metrics& metrics)
{
    return std::make_unique<MeteredFiles>(std::move(files), metrics);
}

} // namespace strata::registry
