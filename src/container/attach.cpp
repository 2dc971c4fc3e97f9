// SPDX-License-Identifier: Apache-2.0
#include "container/attach.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "container/shim_protocol.hpp"
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "sys/signals.hpp"
#include "sys/socket.hpp"
#include "sys/terminal.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace strata::container {
namespace {

constexpr std::size_t kMaxWaiting = 1 << 20;
constexpr std::size_t kInputChunk = 32 << 10;

/// Somebody else's descriptor in the clothes of ours.
class Borrowed {
public:
    explicit Borrowed(int number) : fd_{number} {}
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() { static_cast<void>(fd_.release()); }
    const sys::Fd& fd() const noexcept { return fd_; }

private:
    sys::Fd fd_;
};

/// Output on its way to one of our descriptors. They block, and must stay so for others, so at most
/// as much is written at once as a pipe that poll() calls writable has room for.
class Drain {
public:
    Drain(sys::EventLoop& loop, int number, std::function<void()> drained)
        : loop_{loop}, target_{number}, drained_{std::move(drained)}
    {
        const auto mode = sys::status_of(target_.fd()).st_mode;
        piece_ = S_ISREG(mode) || S_ISBLK(mode) ? kMaxWaiting : 4096;
    }
    ~Drain() { loop_.unwatch(watch_); }
    Drain(const Drain&) = delete;
    Drain& operator=(const Drain&) = delete;

    void add(std::string_view bytes)
    {
        waiting_ += bytes;
        if (watch_ == 0) {
            watch_ =
                loop_.watch(target_.fd(), sys::Interest::write, [this](sys::Ready) { write(); });
        }
    }
    std::size_t waiting() const noexcept { return waiting_.size() - written_; }

private:
    void write()
    {
        const auto rest = std::as_bytes(std::span{waiting_}).subspan(written_);
        written_ += sys::write_some(target_.fd(), rest.first(std::min(piece_, rest.size())));
        if (written_ == waiting_.size()) {
            waiting_.clear();
            written_ = 0;
            loop_.unwatch(std::exchange(watch_, 0));
        }
        drained_();
    }

    sys::EventLoop& loop_;
    Borrowed target_;
    std::function<void()> drained_;
    std::size_t piece_;
    std::string waiting_;
    std::size_t written_ = 0;
    sys::EventLoop::Watch watch_ = 0;
};

/// Finds the detach keys in what is typed. The beginning of them is held back until it is clear
/// what becomes of it.
class DetachKeys {
public:
    explicit DetachKeys(std::string keys) : keys_{std::move(keys)} {}

    /// What of `typed` goes on to the container; nothing when the keys are complete.
    std::optional<std::string> filter(std::string_view typed)
    {
        if (keys_.empty()) {
            return std::string{typed};
        }
        std::string passed;
        for (const char key : typed) {
            if (key != keys_[seen_]) {
                passed.append(keys_, 0, seen_);
                seen_ = 0;
            }
            if (key != keys_[seen_]) {
                passed += key;
            } else if (++seen_ == keys_.size()) {
                return std::nullopt;
            }
        }
        return passed;
    }

private:
    std::string keys_;
    std::size_t seen_ = 0;
};

std::vector<int> signals_to_take(const AttachStreams& streams)
{
    std::vector<int> numbers =
        streams.forward_signals ? sys::forwardable_signals() : std::vector<int>{};
    if (streams.window >= 0) {
        numbers.push_back(SIGWINCH);
    }
    return numbers;
}

class Session {
public:
    Session(sys::Fd socket, const AttachStreams& streams, Until until)
        : socket_{std::move(socket)}
        , streams_{streams}
        , until_{until}
        , input_{streams.input}
        , detach_keys_{streams.raw ? streams.detach_keys : std::string{}}
        , output_{loop_, streams.output, [this] { settle(); }}
        , errors_{loop_, streams.errors, [this] { settle(); }}
        , signals_{signals_to_take(streams)}
    {
        sys::set_nonblocking(socket_);
        loop_.watch(signals_.fd(), sys::Interest::read, [this](sys::Ready) { take_signals(); });
        settle();
    }

    AttachOutcome run()
    {
        loop_.run();
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        return outcome_;
    }

private:
    bool has_all() const noexcept
    {
        return closed_ || outcome_.removed || (until_ == Until::exited && outcome_.exit_code);
    }

    /// After anything has happened: what to listen to, and whether it is over.
    void settle()
    {
        if (detached_ || (has_all() && output_.waiting() + errors_.waiting() == 0)) {
            if (!detached_ && !outcome_.exit_code && !failure_) {
                failure_ = std::make_exception_ptr(
                    Error{Errc::unavailable,
                          "the container's shim has died, and the container with it or without",
                          "'strata ps -a' shows what is left; 'strata rm -f' ends it."});
            }
            loop_.stop();
            return;
        }
        set_watch(socket_watch_, socket_,
                  !has_all() && output_.waiting() + errors_.waiting() < kMaxWaiting,
                  sending_.empty(), [this](sys::Ready ready) { talk(ready); });
        const bool wants_input = streams_.input >= 0 && !input_ended_ && !has_all() &&
                                 input_under_way_ + kInputChunk <= kInputWindow;
        if (wants_input && input_watch_ == 0) {
            input_watch_ =
                loop_.watch(input_.fd(), sys::Interest::read, [this](sys::Ready) { read_input(); });
        } else if (!wants_input && input_watch_ != 0) {
            loop_.unwatch(std::exchange(input_watch_, 0));
        }
    }

    void set_watch(sys::EventLoop::Watch& watch, const sys::Fd& fd, bool reads,
                   bool nothing_to_write, std::function<void(sys::Ready)> callback)
    {
        loop_.unwatch(std::exchange(watch, 0));
        if (reads || !nothing_to_write) {
            watch = loop_.watch(fd,
                                nothing_to_write ? sys::Interest::read
                                : reads          ? sys::Interest::read_and_write
                                                 : sys::Interest::write,
                                std::move(callback));
        }
    }

    void talk(sys::Ready ready)
    {
        if (ready.writable) {
            send_some();
        }
        if (ready.readable) {
            receive();
        }
        settle();
    }

    void receive()
    {
        try {
            const auto space = reader_.space();
            const std::size_t count = sys::read_some(socket_, std::as_writable_bytes(space));
            closed_ = count == 0;
            reader_.received(count);
        } catch (const Error& error) {
            if (error.code() != Errc::unavailable) {
                closed_ = true;
            }
        }
        while (const auto frame = reader_.next()) {
            take(*frame);
        }
    }

    void take(const Frame& frame)
    {
        switch (frame.type) {
        case FrameType::output:
            output_.add(frame.payload);
            break;
        case FrameType::errors:
            errors_.add(frame.payload);
            break;
        case FrameType::taken:
            input_under_way_ -=
                std::min<std::uint64_t>(input_under_way_, decode_u64(frame.payload));
            break;
        case FrameType::exited:
            outcome_.exit_code = decode_i32(frame.payload);
            break;
        case FrameType::removed:
            outcome_.removed = true;
            break;
        case FrameType::failed:
            failure_ = std::make_exception_ptr(decode_failure(frame.payload));
            closed_ = true;
            break;
        default:
            break;
        }
    }

    void read_input()
    {
        std::array<char, kInputChunk> buffer;
        std::size_t count = 0;
        try {
            count = sys::read_some(input_.fd(), std::as_writable_bytes(std::span{buffer}));
        } catch (const Error& error) {
            if (error.code() == Errc::unavailable) { // non-blocking by somebody else's will
                return;
            }
        }
        if (count == 0) {
            input_ended_ = true;
            send(FrameType::input_end, {});
        } else if (const auto passed = detach_keys_.filter({buffer.data(), count})) {
            input_under_way_ += passed->size();
            if (!passed->empty()) {
                send(FrameType::input, *passed);
            }
        } else {
            detached_ = true;
        }
        settle();
    }

    void take_signals()
    {
        while (const auto arrived = signals_.read()) {
            if (arrived->number == SIGWINCH) {
                if (const auto size = sys::window_size(streams_.window)) {
                    send(FrameType::resize, encode(*size));
                }
            } else {
                send(FrameType::signal, encode(std::int32_t{arrived->number}));
            }
        }
        settle();
    }

    void send(FrameType type, std::string_view payload)
    {
        append_frame(sending_, type, payload);
        send_some();
    }

    void send_some()
    {
        try {
            const std::size_t count = sys::send_some(socket_, std::as_bytes(std::span{sending_}));
            sending_.erase(0, count);
        } catch (const Error&) { // what it last said is still to be read
            sending_.clear();
        }
    }

    sys::EventLoop loop_;
    sys::Fd socket_;
    const AttachStreams& streams_;
    Until until_;
    Borrowed input_;
    DetachKeys detach_keys_;
    Drain output_, errors_;
    sys::SignalFd signals_;
    sys::EventLoop::Watch socket_watch_ = 0, input_watch_ = 0;

    FrameReader reader_;
    std::string sending_;
    std::uint64_t input_under_way_ = 0;
    bool input_ended_ = false;
    bool detached_ = false;
    bool closed_ = false;
    std::exception_ptr failure_;
    AttachOutcome outcome_;
};

char detach_key(std::string_view name, std::string_view whole)
{
    if (name.size() == 1) {
        return name.front();
    }
    if (constexpr std::string_view control = "ctrl-";
        name.starts_with(control) && name.size() == control.size() + 1) {
        const char key = name.back();
        if (key == '@' || (key >= 'a' && key <= 'z') || (key >= '[' && key <= '_')) {
            return static_cast<char>(key & 0x1f);
        }
    }
    throw Error{Errc::invalid_argument,
                fmt::format("invalid detach keys ({}): Unknown character: '{}'", whole, name)};
}

} // namespace

std::string parse_detach_keys(std::string_view text)
{
    std::string keys;
    for (const std::string& name : split(text, ',')) {
        keys += detach_key(name, text);
    }
    return keys;
}

AttachOutcome attach(sys::Fd socket, const AttachStreams& streams, Until until)
{
    std::optional<sys::RawMode> raw;
    if (streams.raw) {
        raw.emplace(streams.input);
    }
    return Session{std::move(socket), streams, until}.run();
}

} // namespace strata::container
