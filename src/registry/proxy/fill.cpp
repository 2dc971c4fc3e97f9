// SPDX-License-Identifier: Apache-2.0
#include "registry/proxy/fill.hpp"

#include "base/error.hpp"
#include "sys/file.hpp"

#include <algorithm>

namespace strata::registry {
namespace {

class FillSource final : public io::Source {
public:
    explicit FillSource(std::shared_ptr<Fill> fill) : fill_{std::move(fill)} {}
    std::size_t read(std::span<std::byte> into) override
    {
        const std::size_t got = fill_->read(offset_, into);
        offset_ += got;
        return got;
    }

private:
    std::shared_ptr<Fill> fill_;
    std::uint64_t offset_ = 0;
};

} // namespace

void Fill::begin(sys::Fd file, std::optional<std::uint64_t> length)
{
    {
        const std::scoped_lock lock{mutex_};
        file_ = std::move(file);
        length_ = length;
        begun_ = true;
    }
    changed_.notify_all();
}

void Fill::wrote(std::uint64_t bytes)
{
    {
        const std::scoped_lock lock{mutex_};
        written_ += bytes;
    }
    changed_.notify_all();
}

void Fill::end(Outcome outcome, std::string why)
{
    {
        const std::scoped_lock lock{mutex_};
        outcome_ = outcome;
        why_ = std::move(why);
    }
    changed_.notify_all();
}

void Fill::throw_failed() const
{
    throw Error{Errc::unavailable, why_};
}

std::optional<Fill::Begun> Fill::wait_for_begin()
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return begun_ || outcome_; });
    if (outcome_ == Outcome::absent) {
        return std::nullopt;
    }
    if (outcome_ == Outcome::failed) {
        throw_failed();
    }
    return Begun{length_};
}

bool Fill::wait_for_end()
{
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return outcome_.has_value(); });
    if (outcome_ == Outcome::failed) {
        throw_failed();
    }
    return outcome_ == Outcome::stored;
}

std::size_t Fill::read(std::uint64_t offset, std::span<std::byte> into)
{
    std::uint64_t ready = 0;
    {
        std::unique_lock lock{mutex_};
        const auto readable = [&] {
            return outcome_ == Outcome::stored || written_ == 0 ? written_ : written_ - 1;
        };
        changed_.wait(lock, [&] { return outcome_ || readable() > offset; });
        if (outcome_ && outcome_ != Outcome::stored) {
            throw_failed();
        }
        ready = readable();
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), ready - offset));
    return count == 0 ? 0 : sys::read_full_at(file_, into.first(count), offset);
}

io::SourcePtr read_along(std::shared_ptr<Fill> fill)
{
    return std::make_unique<FillSource>(std::move(fill));
}

} // namespace strata::registry
