// SPDX-License-Identifier: Apache-2.0
//
// A connection while a worker has it: the handler is asked, which may read the body, and an answer
// that is made while it is sent is pumped.
#include "base/error.hpp"
#include "http/connection.hpp"
#include "http/loop.hpp"

#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace strata::http {
namespace {

/// A worker that sends while it makes has one of these.
constexpr std::size_t kStreamBuffer = std::size_t{128} << 10;

} // namespace

void Connection::to_worker(std::optional<Response> streamed)
{
    state_ = State::working;
    answer_.head_sent = 0;
    answer_.body_sent = 0;
    // What lasts as long as the client wants: a body that comes in, an answer made while it is
    // sent.
    const bool brief = !streamed && !request_.head.has_body();
    const bool taken = loop_.service().pool.submit(
        brief ? WorkerPool::Kind::brief : WorkerPool::Kind::long_lasting,
        [self = shared_from_this(), brief,
         streamed = std::make_shared<std::optional<Response>>(std::move(streamed))] {
            self->work(brief, std::move(*streamed));
        });
    if (!taken) {
        Response response = refusal_of(503, "too many requests are waiting");
        response.field("Retry-After", "1");
        answer(std::move(response));
    }
}

void Connection::work(bool brief, std::optional<Response> streamed) noexcept
{
    Work work;
    if (streamed) {
        work.response = std::move(*streamed);
    } else {
        work = handle();
    }
    if (!brief && !work.client_gone && std::holds_alternative<Streamed>(work.response.body) &&
        request_.head.method != Method::head) {
        stream(work); // otherwise answer() will bring it back here
    }
    boost::asio::post(loop_.context(),
                      [self = shared_from_this(), work = std::move(work)]() mutable {
                          self->worked(std::move(work));
                      });
}

Connection::Work Connection::handle()
{
    const ServerOptions& options = loop_.service().options;
    RequestBody body{transport_,
                     input_,
                     framing_,
                     loop_.service().pool,
                     {.limit = options.body_bytes,
                      .stall = options.stall_timeout,
                      .expects_continue = unwanted_body_}};
    Work work;
    try {
        work.response = loop_.service().handler.handle(request_, body);
        if (body.failure() && work.response.status >= 500) { // the fault is the client's
            work.response = refusal_of(body.failure().status, body.failure().why);
        }
    } catch (const std::exception& error) {
        if (body.failure()) {
            work.response = refusal_of(body.failure().status, body.failure().why);
        } else if (!body.gone()) {
            loop_.service().handler.failed(request_, error);
            work.response = refusal_of(500, "internal error");
        }
    }
    work.client_gone = body.gone();
    unwanted_body_ = body.unwanted();
    body_taken_ = body.taken();
    if (body.failure()) {
        request_.head.keep_alive = false;
    }
    beyond_ = body.beyond();
    return work;
}

void Connection::stream(Work& work)
{
    work.streamed = true;
    try {
        const BodyPlan plan = begin_answer(std::move(work.response));
        if (plan.send) {
            pump(std::get<Streamed>(answer_.response.body), plan);
        } else {
            answer_.head_sent = answer_.head.size();
            Patience patience{loop_.service().pool, loop_.service().options.stall_timeout};
            write_all(transport_, answer_.head, {}, patience);
        }
        work.complete = true;
    } catch (const std::exception& error) {
        loop_.service().handler.failed(request_, error);
        if (answer_.head_sent == 0) { // nobody has seen anything yet
            const auto* const known = dynamic_cast<const Error*>(&error);
            const bool elsewhere = known != nullptr && known->code() == Errc::unavailable;
            work.streamed = false;
            work.response = elsewhere ? refusal_of(503, "where the answer comes from it is not to "
                                                        "be had now")
                                      : refusal_of(500, "internal error");
        }
    }
    answer_.response.body = std::monostate{}; // what it reads from may take its time to end
}

/// The header goes out with the first bytes: a source that fails at once can still become a 500,
/// or a 503 if it is somebody else's fault.
void Connection::pump(Streamed& stream, const BodyPlan& plan)
{
    const bool counted = stream.length.has_value();
    Patience patience{loop_.service().pool, loop_.service().options.stall_timeout};
    std::vector<std::byte> buffer(kStreamBuffer);
    std::string lead = answer_.head;
    const auto write = [&](std::string_view data) {
        answer_.head_sent = answer_.head.size();
        write_all(transport_, lead, data, patience);
        answer_.body_sent += data.size();
        lead.clear();
    };
    while (const std::size_t got = stream.source->read(buffer)) {
        if (counted && got > plan.length - answer_.body_sent) {
            throw Error{Errc::internal, "an answer is longer than it was said to be"};
        }
        if (plan.chunked) {
            lead += fmt::format("{:x}\r\n", got);
        }
        write({reinterpret_cast<const char*>(buffer.data()), got});
        lead = plan.chunked ? "\r\n" : "";
    }
    if (counted && answer_.body_sent != plan.length) {
        throw Error{Errc::internal, "an answer is shorter than it was said to be"};
    }
    if (plan.chunked) {
        lead += "0\r\n\r\n";
    }
    write({});
}

void Connection::worked(Work&& work) noexcept
{
    try {
        if (broken_off_ || work.client_gone || (work.streamed && !work.complete)) {
            state_ = State::sending;
            close_as_broken();
            return;
        }
        if (work.streamed) {
            state_ = State::sending;
            end_answer();
        } else {
            answer(std::move(work.response));
        }
    } catch (const std::exception&) {
        close_as_broken();
    }
    run();
}

} // namespace strata::http
