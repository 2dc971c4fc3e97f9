// SPDX-License-Identifier: Apache-2.0
//
// One connection, from its first byte to its last. It belongs to one loop, on whose thread
// everything here runs, except work(): between to_worker() and worked() the socket, the input and
// the request are a worker's.
//
//   handshake ─► reading ─► sending ─► reading          the next request
//                  │  ▲        │ └───► discarding ─► reading   what is left of a body nobody read
//                  ▼  │        ▼
//                working    lingering ─► closed
//
// Each state has one step; run() takes steps until one must wait, and the wait ends in run() again.
// Asio's types are in here: only this server's .cpp files include it.
#pragma once

#include "http/chunks.hpp"
#include "http/input_buffer.hpp"
#include "http/request_body.hpp"
#include "http/request_head.hpp"
#include "http/response_head.hpp"
#include "http/server.hpp"
#include "http/transport.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace strata::http {

class Loop;

using StreamSocket = boost::asio::generic::stream_protocol::socket;

class Connection final : public std::enable_shared_from_this<Connection> {
public:
    using Clock = std::chrono::steady_clock;

    Connection(Loop& loop, StreamSocket socket, Peer peer, std::unique_ptr<TlsSession> tls);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    void start();

    /// Ends what has taken too long.
    void check_deadline(Clock::time_point now);

    /// No further request after the present one; one that only waits is closed.
    void retire();

    /// Now, whatever it is doing; a worker is left to find out.
    void break_off();

    /// Whether it waits for a request of which nothing has come.
    bool idle() const noexcept { return state_ == State::reading && input_.text().empty(); }
    Clock::time_point deadline() const noexcept { return deadline_; }

    std::size_t place = 0; // in its loop's list

private:
    enum class State : std::uint8_t {
        handshake,
        reading,
        working,
        sending,
        discarding,
        lingering,
        closed,
    };

    /// What a worker has made of a request.
    struct Work {
        Response response;
        bool client_gone = false;
        bool streamed = false; // sent already
        bool complete = false;
        bool keep_alive = false;
    };

    /// The answer at hand.
    struct Answer {
        std::string head; // and a small body
        std::size_t head_sent = 0;
        Response response{};     // keeps alive what `text` and `file` are
        std::string_view text{}; // not sent yet
        const FileRange* file = nullptr;
        std::uint64_t file_sent = 0;
        std::uint64_t body_sent = 0;
        bool keep_alive = false;
    };

    void run() noexcept;
    void run_later();
    bool step(); // false: something will call run()
    bool shake_hands();
    bool read_request();
    bool send_answer();
    bool discard_body();
    bool linger();

    bool fill(); // true: bytes have come
    void on_read(const boost::system::error_code& error, std::size_t count);
    void on_end();
    bool wait(sys::Moved::State what, std::chrono::milliseconds patience); // always false

    void begin_request();
    void serve();
    void refuse(const Refusal& refusal);
    Response refusal_of(std::uint16_t status, std::string_view why) const noexcept;
    void answer(Response&& response);
    BodyPlan begin_answer(Response&& response);
    bool may_keep_alive() const noexcept;
    sys::Moved send_some(std::size_t budget);
    void sent(std::size_t bytes) noexcept;
    void end_answer();
    bool nothing_follows() noexcept;
    void next_request(Clock::time_point now);
    void end_request(bool complete) noexcept;

    void to_worker(std::optional<Response> streamed);
    void work(bool brief, std::optional<Response> streamed) noexcept;
    Work handle();
    void stream(Work& work);
    void pump(Streamed& stream, const BodyPlan& plan);
    void worked(Work&& work) noexcept;
    void warm_file();

    void begin_linger();
    void close() noexcept;
    void close_as_broken() noexcept;

    Loop& loop_;
    StreamSocket socket_;
    Transport transport_;
    Peer peer_;
    State state_ = State::handshake;
    Clock::time_point deadline_;
    bool read_pending_ = false;
    bool broken_off_ = false; // while a worker has it
    bool header_begun_ = false;
    bool file_is_warm_ = false;

    InputBuffer input_;
    HeadScanner scanner_;
    ParsedRequest request_{peer_};
    bool in_request_ = false; // request_ is one, and begun
    bool unwanted_body_ = false;
    BodyFraming framing_;
    Clock::time_point begun_;
    std::uint64_t body_taken_ = 0;
    std::uint64_t discarded_ = 0; // bytes, of a body or while lingering
    std::string beyond_;          // what a worker read of the next request
    Answer answer_;
};

} // namespace strata::http
