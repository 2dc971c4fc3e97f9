// SPDX-License-Identifier: Apache-2.0
#include "container/relay.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace strata::container {
namespace {

constexpr std::size_t kChunk = 64 << 10;
/// A client with more than this waiting for it stops the container's output; below half of it, it
/// goes on.
constexpr std::size_t kMaxWaiting = 1 << 20;

std::span<const std::byte> as_bytes(std::string_view text)
{
    return std::as_bytes(std::span{text});
}

} // namespace

struct Relay::Client {
    sys::Fd socket; // none: it has gone, its last input is on its way
    AttachRequest attached;
    FrameReader reader;
    sys::EventLoop::Watch watch = 0;
    std::string waiting; // for it to read
    std::size_t sent = 0;
    std::string input; // from it, for the container
    bool input_ended = false;

    std::size_t backlog() const noexcept { return waiting.size() - sent; }
    bool gives_input() const noexcept { return attached.input && (!input_ended || !input.empty()); }
};

Relay::Relay(sys::EventLoop& loop, LogWriter& log, Events events)
    : loop_{loop}, log_{log}, events_{std::move(events)}
{
}

Relay::~Relay() = default;

void Relay::add_client(sys::Fd socket, AttachRequest attached, FrameReader held)
{
    sys::set_nonblocking(socket);
    Client& client = clients_.emplace_back();
    client.socket = std::move(socket);
    client.attached = attached;
    client.reader = std::move(held);
    input_was_given_ |= attached.input;
    watch_client(client);
    handle_frames(client);
    settle();
}

void Relay::start(ContainerStreams streams, InputEnds input_ends)
{
    started_ = true;
    terminal_ = streams.terminal;
    input_ends_ = input_ends;
    input_ = std::move(streams.input);
    if (input_) {
        sys::set_nonblocking(input_);
    }
    output_ = {.fd = std::move(streams.output), .stream = Stream::output};
    errors_ = {.fd = std::move(streams.errors), .stream = Stream::errors};
    for (Output* output : {&output_, &errors_}) {
        if (output->fd) {
            sys::set_nonblocking(output->fd);
            ++open_outputs_;
        }
    }
    write_input();
    settle();
}

void Relay::tell(FrameType type, std::string_view payload)
{
    for (Client& client : clients_) {
        if (client.socket) {
            send(client, type, payload);
        }
    }
}

void Relay::process_ended()
{
    process_ended_ = true;
    settle();
}

void Relay::close_streams()
{
    for (Output* output : {&output_, &errors_}) {
        if (output->fd) {
            end_output(*output);
        }
    }
}

bool Relay::is_quiet() const noexcept
{
    return std::ranges::all_of(clients_,
                               [](const Client& client) { return client.backlog() == 0; });
}

// --- from the container --------------------------------------------------------------------------

void Relay::read_output(Output& output)
{
    std::array<std::byte, kChunk> buffer;
    std::size_t count = 0;
    try {
        count = sys::read_some(output.fd, buffer);
    } catch (const Error& error) {
        if (error.code() == Errc::unavailable) {
            return; // woken for nothing
        }
        throw;
    }
    if (count == 0) {
        end_output(output);
        return;
    }
    const std::string_view text{reinterpret_cast<const char*>(buffer.data()), count};
    log_.write(output.stream, text);
    log_.flush();
    const bool errors = output.stream == Stream::errors;
    for (Client& client : clients_) {
        if (client.socket && (errors ? client.attached.errors : client.attached.output)) {
            send(client, errors ? FrameType::errors : FrameType::output, text);
        }
    }
    settle();
}

void Relay::end_output(Output& output)
{
    loop_.unwatch(std::exchange(output.watch, 0));
    log_.end(output.stream);
    output.fd.reset();
    if (--open_outputs_ == 0) {
        events_.ended();
    }
}

/// Reads the container's output exactly while every client keeps up with it.
void Relay::update_watches()
{
    const bool behind = !process_ended_ && std::ranges::any_of(clients_, [&](const Client& client) {
        const bool paused = output_.watch == 0 && errors_.watch == 0;
        return client.backlog() > (paused ? kMaxWaiting / 2 : kMaxWaiting);
    });
    for (Output* output : {&output_, &errors_}) {
        if (!output->fd || behind == (output->watch == 0)) {
            continue;
        }
        if (behind) {
            loop_.unwatch(std::exchange(output->watch, 0));
        } else {
            output->watch = loop_.watch(output->fd, sys::Interest::read,
                                        [this, output](sys::Ready) { read_output(*output); });
        }
    }
}

// --- to the container ----------------------------------------------------------------------------

/// Passes on what clients gave, as much as the container takes now.
void Relay::write_input()
{
    if (!started_) {
        return;
    }
    bool blocked = false;
    for (Client& client : clients_) {
        std::size_t taken = 0;
        while (taken < client.input.size() && !blocked) {
            std::size_t count = client.input.size() - taken; // nobody reads it: gone
            if (input_) {
                try {
                    count = sys::write_some(input_, as_bytes(client.input).subspan(taken));
                    blocked = count == 0;
                } catch (const Error&) { // the container has closed it
                    loop_.unwatch(std::exchange(input_watch_, 0));
                    input_.reset();
                }
            }
            taken += count;
        }
        if (taken > 0) {
            client.input.erase(0, taken);
            if (client.socket) {
                send(client, FrameType::taken, encode(std::uint64_t{taken}));
            }
        }
    }
    if (blocked && input_watch_ == 0) {
        input_watch_ = loop_.watch(input_, sys::Interest::write, [this](sys::Ready) {
            write_input();
            settle();
        });
    } else if (!blocked && input_watch_ != 0) {
        loop_.unwatch(std::exchange(input_watch_, 0));
    }
}

// --- clients -------------------------------------------------------------------------------------

void Relay::watch_client(Client& client)
{
    const auto interest =
        client.backlog() > 0 ? sys::Interest::read_and_write : sys::Interest::read;
    if (client.watch == 0) {
        client.watch = loop_.watch(client.socket, interest, [this, &client](sys::Ready ready) {
            if (ready.writable && client.socket) {
                write_client(client);
            }
            if (ready.readable && client.socket) {
                read_client(client);
            }
            settle();
        });
    } else {
        loop_.change(client.watch, interest);
    }
}

void Relay::read_client(Client& client)
{
    try {
        const auto space = client.reader.space();
        const std::size_t count = sys::read_some(client.socket, std::as_writable_bytes(space));
        if (count == 0) {
            disconnect(client);
            return;
        }
        client.reader.received(count);
    } catch (const Error& error) {
        if (error.code() != Errc::unavailable) { // otherwise it was woken for nothing
            disconnect(client);
        }
        return;
    }
    handle_frames(client);
}

void Relay::handle_frames(Client& client)
{
    try {
        while (client.socket) {
            const auto frame = client.reader.next();
            if (!frame) {
                return;
            }
            handle(client, *frame);
        }
    } catch (const Error&) { // it does not speak our language
        disconnect(client);
    }
}

void Relay::handle(Client& client, const Frame& frame)
{
    switch (frame.type) {
    case FrameType::attach:
        client.attached = decode_attach(frame.payload);
        input_was_given_ |= client.attached.input;
        break;
    case FrameType::input:
        if (!client.attached.input || client.input_ended ||
            client.input.size() + frame.payload.size() > kInputWindow) {
            throw Error{Errc::corrupt, "a client gives more input than was agreed on"};
        }
        client.input += frame.payload;
        write_input();
        break;
    case FrameType::input_end:
        client.input_ended = true;
        break;
    case FrameType::resize:
        if (terminal_ && output_.fd) {
            sys::set_window_size(output_.fd, decode_window_size(frame.payload));
        }
        break;
    case FrameType::signal:
        events_.signal(decode_i32(frame.payload));
        break;
    default: // of a later version, or only for the other direction
        break;
    }
}

void Relay::send(Client& client, FrameType type, std::string_view payload)
{
    append_frame(client.waiting, type, payload);
    if (client.backlog() <=
        payload.size() + kFrameHeader) { // nothing was waiting: perhaps it goes at once
        write_client(client);
    }
}

void Relay::write_client(Client& client)
{
    try {
        while (client.backlog() > 0) {
            const std::size_t count =
                sys::write_some(client.socket, as_bytes(client.waiting).subspan(client.sent));
            if (count == 0) {
                break;
            }
            client.sent += count;
        }
    } catch (const Error&) { // it has gone
        disconnect(client);
        return;
    }
    if (client.backlog() == 0) {
        client.waiting.clear();
        client.sent = 0;
    } else if (client.sent > kMaxWaiting / 2) {
        client.waiting.erase(0, client.sent);
        client.sent = 0;
    }
    watch_client(client);
}

void Relay::disconnect(Client& client)
{
    loop_.unwatch(std::exchange(client.watch, 0));
    client.socket.reset();
    client.waiting.clear();
    client.sent = 0;
    client.input_ended = true;
}

/// After anything has happened: what follows from it.
void Relay::settle()
{
    write_input();
    const bool has_input = std::ranges::any_of(clients_, &Client::gives_input);
    if (input_ && !terminal_ && input_was_given_ && !has_input &&
        input_ends_ == InputEnds::with_the_last_client) {
        loop_.unwatch(std::exchange(input_watch_, 0));
        input_.reset();
    }
    clients_.remove_if([](const Client& client) { return !client.socket && client.input.empty(); });
    if (started_) {
        update_watches();
    }
    if (events_.quiet && is_quiet()) {
        events_.quiet();
    }
}

} // namespace strata::container
