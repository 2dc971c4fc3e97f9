// SPDX-License-Identifier: Apache-2.0
#include "http/connection.hpp"

#include "base/error.hpp"
#include "http/loop.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace strata::http {
namespace {

using Moved = sys::Moved;
using std::chrono::milliseconds;

/// Steps, and bytes of one answer, before the others get their turn.
constexpr int kSteps = 32;
constexpr std::size_t kSlice = std::size_t{1} << 20;

/// A body up to this size is copied behind its header: one buffer is cheaper to send than two.
constexpr std::size_t kSmallBody = std::size_t{16} << 10;

/// Unread bytes of a body that are cheaper to take than a new connection.
constexpr std::uint64_t kMostDiscarded = 256 << 10;

/// So long, and for so much, a client that is still sending gets the chance to see our answer.
constexpr milliseconds kLinger{5000};
constexpr std::uint64_t kMostLingered = std::uint64_t{64} << 20;

constexpr auto kNever = Connection::Clock::time_point::max();

} // namespace

Connection::Connection(Loop& loop, StreamSocket socket, Peer peer, std::unique_ptr<TlsSession> tls)
    : loop_{loop}
    , socket_{std::move(socket)}
    , transport_{socket_.native_handle(), std::move(tls)}
    , peer_{std::move(peer)}
{
}

Connection::~Connection() = default;

void Connection::start()
{
    const Clock::time_point now = Clock::now();
    if (transport_.tls() != nullptr) {
        deadline_ = now + loop_.service().options.header_timeout;
    } else {
        next_request(now);
    }
    run();
}

// --- steps ---------------------------------------------------------------------------------------

void Connection::run() noexcept
{
    try {
        for (int steps = 0; steps < kSteps; ++steps) {
            if (!step()) {
                return;
            }
        }
        run_later();
    } catch (const std::exception&) { // out of memory, or of descriptors
        close_as_broken();
    }
}

void Connection::run_later()
{
    boost::asio::post(loop_.context(), [self = shared_from_this()] { self->run(); });
}

bool Connection::step()
{
    switch (state_) {
    case State::handshake:
        return shake_hands();
    case State::reading:
        return read_request();
    case State::sending:
        return send_answer();
    case State::discarding:
        return discard_body();
    case State::lingering:
        return linger();
    case State::working:
    case State::closed:
        return false;
    }
    return false;
}

bool Connection::shake_hands()
{
    const Moved moved = transport_.tls()->handshake();
    switch (moved.state) {
    case Moved::State::some:
        peer_.certificate = transport_.tls()->peer_subject();
        next_request(Clock::now());
        return true;
    case Moved::State::not_now:
    case Moved::State::not_now_tx: {
        const Clock::time_point deadline = deadline_; // one for all of it
        wait(moved.state, {});
        deadline_ = deadline;
        return false;
    }
    case Moved::State::end:
    case Moved::State::broken:
        close();
        return false;
    }
    return false;
}

bool Connection::read_request()
{
    if (input_.text().empty()) {
        if (loop_.service().draining) {
            close();
            return false;
        }
        return fill();
    }
    if (const Refusal refusal = scanner_.scan(input_.text(), loop_.service().head_limits)) {
        refuse(refusal);
        return true;
    }
    if (scanner_.size() != 0) {
        begin_request();
        return true;
    }
    if (!std::exchange(header_begun_, true)) {
        deadline_ = Clock::now() + loop_.service().options.header_timeout;
    }
    return fill();
}

bool Connection::discard_body()
{
    const ChunkDecoder::Step step = framing_.take(input_.text());
    input_.use_up(step.taken);
    discarded_ += step.taken;
    if (framing_.done()) {
        next_request(Clock::now());
        return true;
    }
    if (framing_.bad() || discarded_ > kMostDiscarded) {
        begin_linger();
        return true;
    }
    return !input_.text().empty() || fill();
}

bool Connection::linger()
{
    discarded_ += input_.text().size();
    input_.clear();
    if (discarded_ > kMostLingered) {
        close();
        return false;
    }
    return fill();
}

// --- reading -------------------------------------------------------------------------------------

bool Connection::fill()
{
    if (read_pending_) {
        return false;
    }
    const std::span<std::byte> space = input_.space();
    if (transport_.tls() == nullptr) {
        read_pending_ = true;
        socket_.async_read_some(boost::asio::buffer(space.data(), space.size()),
                                [self = shared_from_this()](const auto& error, std::size_t count) {
                                    self->on_read(error, count);
                                });
        return false;
    }
    const Moved moved = transport_.read(space);
    switch (moved.state) {
    case Moved::State::some:
        input_.arrived(moved.bytes);
        return true;
    case Moved::State::not_now:
    case Moved::State::not_now_tx: {
        const Clock::time_point deadline = deadline_;
        wait(moved.state, {});
        deadline_ = deadline;
        return false;
    }
    case Moved::State::end:
        on_end();
        return state_ == State::sending;
    case Moved::State::broken:
        close();
        return false;
    }
    return false;
}

void Connection::on_read(const boost::system::error_code& error, std::size_t count)
{
    read_pending_ = false;
    if (state_ == State::closed) {
        return;
    }
    if (error == boost::asio::error::eof) {
        on_end();
    } else if (error) {
        close();
    } else {
        input_.arrived(count);
    }
    run();
}

/// The client sends no more. It may still be listening.
void Connection::on_end()
{
    if (state_ == State::reading && !input_.text().empty()) {
        refuse({400, "the request is cut short"});
    } else if (state_ != State::sending) {
        close();
    }
}

bool Connection::wait(Moved::State what, milliseconds patience)
{
    deadline_ = Clock::now() + patience;
    const auto direction =
        what == Moved::State::not_now ? StreamSocket::wait_read : StreamSocket::wait_write;
    socket_.async_wait(direction, [self = shared_from_this()](const auto& error) {
        if (!error) {
            self->run();
        }
    });
    return false;
}

// --- a request -----------------------------------------------------------------------------------

void Connection::begin_request()
{
    const std::string_view text = input_.text().substr(0, scanner_.size());
    const Refusal refusal = parse_head(text, request_.head);
    input_.use_up(text.size()); // the views stay good
    scanner_.restart();
    if (refusal) {
        refuse(refusal);
        return;
    }
    const RequestHead& head = request_.head;
    framing_ = head.chunked ? BodyFraming::of_chunks()
                            : BodyFraming::of_length(head.content_length.value_or(0));
    unwanted_body_ = head.expects_continue && input_.text().empty();
    body_taken_ = 0;
    begun_ = Clock::now();
    deadline_ = kNever;
    in_request_ = true;
    ++loop_.service().requests;
    serve();
}

void Connection::serve()
{
    Service& service = loop_.service();
    const RequestHead& head = request_.head;
    if (service.limiter && !peer_.address.empty() &&
        !service.limiter->allow(peer_.address, begun_)) {
        Response response = refusal_of(429, "too many requests");
        response.field("Retry-After", std::to_string(service.limiter->wait().count()));
        answer(std::move(response));
        return;
    }
    if (head.content_length.value_or(0) > service.options.body_bytes) {
        answer(refusal_of(413, "the body is too large"));
        return;
    }
    if (head.asterisk) {
        Response response;
        response.field("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        answer(std::move(response));
        return;
    }
    if (!head.has_body()) {
        std::optional<Response> at_once;
        try {
            at_once = service.handler.answer_at_once(request_);
        } catch (const std::exception& error) {
            service.handler.failed(request_, error);
            at_once = refusal_of(500, "internal error");
        }
        if (at_once) {
            answer(std::move(*at_once));
            return;
        }
    }
    to_worker(std::nullopt);
}

/// Of what is no request.
void Connection::refuse(const Refusal& refusal)
{
    request_.head = RequestHead{};
    request_.head.keep_alive = false;
    framing_ = BodyFraming{};
    unwanted_body_ = false;
    answer(refusal_of(refusal.status, refusal.why));
}

Response Connection::refusal_of(std::uint16_t status, std::string_view why) const noexcept
{
    try {
        return loop_.service().handler.refuse(status, why);
    } catch (const std::exception&) {
        Response plain;
        plain.status = status;
        return plain;
    }
}

bool Connection::may_keep_alive() const noexcept
{
    return request_.head.keep_alive && !loop_.service().draining && !unwanted_body_ &&
           !framing_.bad() && framing_.certainly_left() <= kMostDiscarded;
}

BodyPlan Connection::begin_answer(Response&& response)
{
    answer_.head = state_ == State::working ? std::string{} : loop_.lend_scratch();
    answer_.head_sent = 0;
    answer_.text = {};
    answer_.file = nullptr;
    answer_.file_sent = 0;
    answer_.body_sent = 0;
    answer_.response = std::move(response);
    DateLine workers_own; // the loop's is not to be touched by a worker
    const BodyPlan plan =
        append_head(answer_.head, answer_.response,
                    {.head = request_.head.method == Method::head && in_request_,
                     .http_1_0 = request_.head.http_1_0,
                     .keep_alive = may_keep_alive()},
                    state_ == State::working ? workers_own.get() : loop_.date_line());
    answer_.keep_alive = plan.keep_alive;
    return plan;
}

void Connection::answer(Response&& response)
{
    if (std::holds_alternative<Streamed>(response.body) && in_request_ &&
        request_.head.method != Method::head) {
        to_worker(std::move(response));
        return;
    }
    const BodyPlan plan = begin_answer(std::move(response));
    if (plan.send) {
        auto& body = answer_.response.body;
        if (const auto* own = std::get_if<std::string>(&body)) {
            answer_.text = *own;
        } else if (const auto* shared = std::get_if<SharedText>(&body); shared && *shared) {
            answer_.text = **shared;
        } else if (const auto* file = std::get_if<FileRange>(&body)) {
            answer_.file = file;
        }
        if (answer_.text.size() <= kSmallBody) {
            answer_.head += answer_.text;
            answer_.body_sent = answer_.text.size();
            answer_.text = {};
        }
    }
    file_is_warm_ = false;
    state_ = State::sending;
}

// --- sending -------------------------------------------------------------------------------------

Moved Connection::send_some(std::size_t budget)
{
    const std::string_view head = std::string_view{answer_.head}.substr(answer_.head_sent);
    if (answer_.file == nullptr || !head.empty() || !answer_.text.empty()) {
        const auto more = answer_.file != nullptr ? sys::MoreFollows::yes : sys::MoreFollows::no;
        return transport_.write(head, answer_.text.substr(0, budget), more);
    }
    const FileRange& file = *answer_.file;
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(file.length - answer_.file_sent, budget));
    return transport_.write_file(*file.file, file.offset + answer_.file_sent, count);
}

void Connection::sent(std::size_t bytes) noexcept
{
    const std::size_t of_head = std::min(bytes, answer_.head.size() - answer_.head_sent);
    answer_.head_sent += of_head;
    bytes -= of_head;
    answer_.body_sent += bytes;
    if (!answer_.text.empty()) {
        answer_.text.remove_prefix(bytes);
    } else if (answer_.file != nullptr) {
        answer_.file_sent += bytes;
    }
}

bool Connection::send_answer()
{
    std::size_t budget = kSlice;
    for (;;) {
        const bool head_left = answer_.head_sent < answer_.head.size() || !answer_.text.empty();
        const bool file_left = answer_.file != nullptr && answer_.file_sent < answer_.file->length;
        if (!head_left && !file_left) {
            end_answer();
            return true;
        }
        if (budget == 0) {
            deadline_ = kNever;
            run_later();
            return false;
        }
        if (!head_left && !std::exchange(file_is_warm_, true)) {
            const FileRange& file = *answer_.file;
            const auto count = std::min<std::uint64_t>(file.length - answer_.file_sent, kSlice);
            if (!sys::is_cached(*file.file, file.offset + answer_.file_sent,
                                static_cast<std::size_t>(count))) {
                warm_file();
                return false;
            }
        }
        const Moved moved = send_some(budget);
        switch (moved.state) {
        case Moved::State::some:
            sent(moved.bytes);
            budget -= std::min(budget, moved.bytes);
            file_is_warm_ = file_is_warm_ && budget > 0;
            break;
        case Moved::State::not_now:
        case Moved::State::not_now_tx:
            return wait(moved.state, loop_.service().options.stall_timeout);
        case Moved::State::end: // the file has become shorter than it was said to be
        case Moved::State::broken:
            close_as_broken();
            return false;
        }
    }
}

/// Reads the next slice of a file into the page cache, where waiting for a disk delays nobody.
void Connection::warm_file()
{
    const std::uint64_t offset = answer_.file->offset + answer_.file_sent;
    const std::uint64_t left = answer_.file->length - answer_.file_sent;
    deadline_ = kNever;
    const bool taken = loop_.service().pool.submit(
        WorkerPool::Kind::brief,
        [self = shared_from_this(), file = answer_.file->file, offset, left] {
            sys::read_ahead(*file, offset, std::min<std::uint64_t>(left, kSlice));
            self->run_later();
        });
    if (!taken) {
        run_later(); // and waits for the disk after all
    }
}

void Connection::end_answer()
{
    const bool keep_alive = answer_.keep_alive;
    const bool clean = framing_.done() && input_.text().empty() && beyond_.empty() && in_request_;
    end_request(true);
    answer_.response = Response{};
    loop_.take_back(std::exchange(answer_.head, {}));
    if (keep_alive && framing_.done()) {
        next_request(Clock::now());
    } else if (keep_alive) {
        state_ = State::discarding;
        discarded_ = 0;
        deadline_ = Clock::now() + loop_.service().options.stall_timeout;
    } else if (clean && nothing_follows()) {
        close();
    } else {
        begin_linger();
    }
}

/// Closing with bytes unread would make the kernel throw away what the client has not read yet.
bool Connection::nothing_follows() noexcept
{
    if (transport_.tls() != nullptr || read_pending_) {
        return false;
    }
    std::byte more{};
    return transport_.read({&more, 1}).state != Moved::State::some;
}

void Connection::next_request(Clock::time_point now)
{
    state_ = State::reading;
    header_begun_ = false;
    if (!beyond_.empty()) {
        input_.put_back(beyond_);
        beyond_.clear();
    }
    deadline_ = now + loop_.service().options.idle_timeout;
}

void Connection::end_request(bool complete) noexcept
{
    if (!std::exchange(in_request_, false)) {
        return;
    }
    Outcome outcome;
    outcome.status = answer_.head_sent > 0 ? answer_.response.status : std::uint16_t{0};
    const bool head_is_sent = answer_.head_sent == answer_.head.size();
    outcome.body_sent = head_is_sent ? answer_.body_sent : 0; // a small body goes with it
    outcome.body_taken = body_taken_;
    outcome.complete = complete;
    outcome.took = Clock::now() - begun_;
    --loop_.service().requests;
    try {
        loop_.service().handler.finished(request_, outcome);
    } catch (const std::exception& error) {
        loop_.service().handler.failed(request_, error);
    }
}

// --- ends ----------------------------------------------------------------------------------------

void Connection::begin_linger()
{
    if (transport_.tls() != nullptr) {
        transport_.tls()->say_goodbye();
    }
    sys::shut_down_sending(transport_.socket());
    state_ = State::lingering;
    discarded_ = 0;
    deadline_ = Clock::now() + std::min(kLinger, loop_.service().options.stall_timeout);
}

void Connection::check_deadline(Clock::time_point now)
{
    if (now < deadline_) {
        return;
    }
    switch (state_) {
    case State::reading:
        if (input_.text().empty()) {
            close();
        } else {
            refuse({408, "the header does not come"});
            run();
        }
        return;
    case State::sending:
        close_as_broken();
        return;
    case State::handshake:
    case State::discarding:
    case State::lingering:
        close();
        return;
    case State::working:
    case State::closed:
        return;
    }
}

void Connection::retire()
{
    if (idle() || state_ == State::handshake) {
        close();
    }
}

void Connection::break_off()
{
    if (state_ == State::working) {
        broken_off_ = true;
        sys::shut_down(transport_.socket());
    } else {
        close_as_broken();
    }
}

void Connection::close_as_broken() noexcept
{
    sys::reset_on_close(transport_.socket());
    close();
}

void Connection::close() noexcept
{
    if (state_ == State::closed) {
        return;
    }
    end_request(false);
    if (transport_.tls() != nullptr && state_ == State::reading) {
        transport_.tls()->say_goodbye();
    }
    state_ = State::closed;
    boost::system::error_code ignored;
    socket_.close(ignored);
    loop_.remove(*this);
}

} // namespace strata::http
