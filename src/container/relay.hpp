// SPDX-License-Identifier: Apache-2.0
//
// Moves bytes between a running container's streams, its log and the clients of its shim.
#pragma once

#include "container/log_writer.hpp"
#include "container/shim_protocol.hpp"
#include "sys/fd.hpp"
#include "sys/poll.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace strata::container {

/// Our ends of the container's streams. With a terminal it is `output` and `input` at once, two
/// descriptors of one master.
struct ContainerStreams {
    sys::Fd input; // none: it reads nothing
    sys::Fd output;
    sys::Fd errors; // none with a terminal
    bool terminal = false;
};

enum class InputEnds : std::uint8_t { with_the_container, with_the_last_client };

/// Bounded everywhere: a client that does not read its output holds up the container, as a pipe
/// would, not our memory; one that sends more input than the protocol allows is cut off.
class Relay {
public:
    struct Events {
        std::function<void(int number)> signal; // a client wants it sent
        std::function<void()> ended; // the container's streams have: nothing more will come
        std::function<void()> quiet; // and all clients have everything, or have gone
    };

    /// Borrows `loop` and `log`. Nothing moves before start().
    Relay(sys::EventLoop& loop, LogWriter& log, Events events);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// `held` is what has been received from the client already, beyond its first message.
    void add_client(sys::Fd socket, AttachRequest attached, FrameReader held = {});
    void start(ContainerStreams streams, InputEnds input_ends);

    /// To every client.
    void tell(FrameType type, std::string_view payload = {});
    /// The container's first process has ended: from now on its output is read whether or not
    /// clients keep up.
    void process_ended();
    /// Stops waiting for streams to end that somebody else keeps open.
    void close_streams();

    bool streams_ended() const noexcept { return open_outputs_ == 0; }
    bool is_quiet() const noexcept;

private:
    struct Client;
    struct Output {
        sys::Fd fd;
        Stream stream = Stream::output;
        sys::EventLoop::Watch watch = 0;
    };

    void read_output(Output& output);
    void end_output(Output& output);
    void update_watches();

    void read_client(Client& client);
    void handle_frames(Client& client);
    void handle(Client& client, const Frame& frame);
    void write_input();
    void send(Client& client, FrameType type, std::string_view payload);
    void write_client(Client& client);
    void watch_client(Client& client);
    void disconnect(Client& client);
    void settle();

    sys::EventLoop& loop_;
    LogWriter& log_;
    Events events_;
    Output output_{}, errors_{};
    unsigned open_outputs_ = 0;
    bool started_ = false;
    bool terminal_ = false;
    bool process_ended_ = false;

    sys::Fd input_;
    InputEnds input_ends_ = InputEnds::with_the_container;
    sys::EventLoop::Watch input_watch_ = 0;
    bool input_was_given_ = false;

    std::list<Client> clients_;
};

} // namespace strata::container
