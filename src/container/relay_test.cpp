// SPDX-License-Identifier: Apache-2.0
#include "container/relay.hpp"
#include "sys/signals.hpp"
#include "sys/socket.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace strata::container {
namespace {

using namespace std::chrono_literals;
using strata::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr AttachRequest kAll{.input = true, .output = true, .errors = true};

/// A container that is three pipes, and clients that are ends of sockets; the test is the other end
/// of all of them.
class RelayTest : public ::testing::Test {
protected:
    /// What a client says and hears.
    class Client {
    public:
        Client(RelayTest& test, AttachRequest attached) : test_{test}
        {
            auto [ours, theirs] = sys::make_socket_pair(sys::SocketType::stream);
            test.relay_.add_client(std::move(theirs), attached);
            sys::set_nonblocking(ours);
            socket_ = std::move(ours);
        }

        /// False if it has been cut off before all was sent.
        bool send(std::string_view bytes)
        {
            try {
                for (int tries = 0; !bytes.empty() && tries < 1000; ++tries) {
                    bytes.remove_prefix(sys::write_some(socket_, std::as_bytes(std::span{bytes})));
                    test_.run(); // its socket holds less than it may say
                }
            } catch (const Error&) {
                return false;
            }
            EXPECT_EQ(bytes.size(), 0u) << "nobody reads";
            return true;
        }

        void say(FrameType type, std::string_view payload = {})
        {
            std::string frame;
            append_frame(frame, type, payload);
            EXPECT_TRUE(send(frame));
        }

        /// Everything of one type that has come so far, put together.
        const std::string& heard(FrameType type)
        {
            try {
                while (const std::size_t count =
                           sys::read_some(socket_, std::as_writable_bytes(reader_.space()))) {
                    reader_.received(count);
                    while (const auto frame = reader_.next()) {
                        heard_[frame->type] += frame->payload;
                    }
                }
            } catch (const Error& nothing_more_now) {
            }
            return heard_[type];
        }

        /// Of all its input, how much has been passed on.
        std::uint64_t taken()
        {
            std::uint64_t sum = 0;
            const std::string_view all = heard(FrameType::taken);
            for (std::size_t at = 0; at < all.size(); at += 8) {
                sum += decode_u64(all.substr(at, 8));
            }
            return sum;
        }

    private:
        RelayTest& test_;
        sys::Fd socket_;
        FrameReader reader_;
        std::map<FrameType, std::string> heard_;
    };

    RelayTest()
        : log_{dir_ / "log"}
        , relay_{loop_,
                 log_,
                 {.signal = [this](int number) { signals_.push_back(number); },
                  .ended = [this] { ended_ = true; },
                  .quiet = [] {}}}
    {
        sys::ignore_broken_pipes();
    }

    void start(InputEnds input_ends = InputEnds::with_the_last_client)
    {
        sys::Pipe input = sys::make_pipe(), output = sys::make_pipe(), errors = sys::make_pipe();
        container_input_ = std::move(input.reader);
        container_output_ = std::move(output.writer);
        container_errors_ = std::move(errors.writer);
        sys::set_nonblocking(container_input_);
        sys::set_nonblocking(container_output_);
        relay_.start({.input = std::move(input.writer),
                      .output = std::move(output.reader),
                      .errors = std::move(errors.reader)},
                     input_ends);
    }

    /// All that the relay has to do now, and what follows from it: whatever it waits for is in this
    /// process, so it never has to wait.
    void run()
    {
        for (int round = 0; round < 20; ++round) {
            loop_.after(0ms, [this] { loop_.stop(); });
            loop_.run();
        }
    }

    /// What the container finds on its standard input: nothing yet, or bytes; none at its end.
    std::optional<std::string> input() const
    {
        std::string text(1 << 20, '\0');
        try {
            text.resize(sys::read_some(container_input_, std::as_writable_bytes(std::span{text})));
            return text;
        } catch (const Error& nothing_yet) {
            return std::nullopt;
        }
    }

    /// The container prints `bytes`, as far as it can before somebody reads.
    std::size_t print(std::string_view bytes) const
    {
        return sys::write_some(container_output_, std::as_bytes(std::span{bytes}));
    }

    TempDir dir_;
    sys::EventLoop loop_;
    LogWriter log_;
    Relay relay_;
    sys::Fd container_input_, container_output_, container_errors_;
    std::vector<int> signals_;
    bool ended_ = false;
};

TEST_F(RelayTest, output_goes_to_the_log_and_to_those_who_want_it)
{
    Client all{*this, kAll};
    Client errors{*this, {.errors = true}};
    start();
    print("out\n");
    sys::write_all(container_errors_, "err\n");
    run();
    EXPECT_EQ(all.heard(FrameType::output), "out\n");
    EXPECT_EQ(all.heard(FrameType::errors), "err\n");
    EXPECT_EQ(errors.heard(FrameType::output), "");
    EXPECT_EQ(errors.heard(FrameType::errors), "err\n");
    const std::string log = sys::read_small_file(dir_ / "log");
    EXPECT_THAT(log, HasSubstr(R"({"log":"out\n","stream":"stdout")"));
    EXPECT_THAT(log, HasSubstr(R"({"log":"err\n","stream":"stderr")"));
}

TEST_F(RelayTest, what_was_printed_last_is_neither_lost_to_the_log_nor_to_clients)
{
    Client client{*this, kAll};
    start();
    print("no newline");
    container_output_.reset();
    container_errors_.reset();
    relay_.process_ended();
    run();
    EXPECT_TRUE(ended_);
    EXPECT_EQ(client.heard(FrameType::output), "no newline");
    log_.flush();
    EXPECT_THAT(sys::read_small_file(dir_ / "log"), HasSubstr(R"({"log":"no newline")"));
}

TEST_F(RelayTest, input_is_passed_on_and_acknowledged_and_ends_with_its_client)
{
    Client client{*this, kAll};
    client.say(FrameType::input, "before the start");
    start();
    run();
    EXPECT_EQ(input(), "before the start");
    EXPECT_EQ(client.taken(), 16u);
    client.say(FrameType::input_end);
    run();
    EXPECT_EQ(input(), "");
}

TEST_F(RelayTest, input_of_one_that_runs_in_the_background_stays_open)
{
    start(InputEnds::with_the_container);
    {
        Client client{*this, kAll};
        client.say(FrameType::input, "x");
    }
    run();
    EXPECT_EQ(input(), "x");
    EXPECT_EQ(input(), std::nullopt);
}

TEST_F(RelayTest, input_that_waits_when_its_client_goes_still_arrives)
{
    const std::string all(kInputWindow, 'x');
    start();
    {
        Client client{*this, kAll};
        client.say(FrameType::input, all);
    }
    std::string read;
    for (auto some = input(); some && !some->empty(); some = input()) {
        read += *some;
        run();
    }
    EXPECT_EQ(read, all);
    EXPECT_EQ(input(), "");
}

TEST_F(RelayTest, signals_are_heard_even_if_the_container_does_not_read)
{
    Client client{*this, kAll};
    start();
    client.say(FrameType::input, std::string(kInputWindow, 'x'));
    client.say(FrameType::signal, encode(std::int32_t{15}));
    run();
    EXPECT_THAT(signals_, ElementsAre(15));
    EXPECT_LT(client.taken(), kInputWindow);
}

TEST_F(RelayTest, a_client_that_gives_more_than_agreed_is_cut_off)
{
    Client client{*this, kAll};
    start();
    std::string flood;
    for (int i = 0; i < 3; ++i) {
        append_frame(flood, FrameType::input, std::string(kInputWindow, 'x'));
    }
    EXPECT_FALSE(client.send(flood));
}

TEST_F(RelayTest, garbage_ends_the_connection_only)
{
    Client bad{*this, kAll};
    Client good{*this, {.output = true}};
    start();
    bad.send("GET / HTTP/1.1\r\n\r\n");
    run();
    EXPECT_FALSE(bad.send("anybody there?"));
    print("still here");
    run();
    EXPECT_EQ(good.heard(FrameType::output), "still here");
}

TEST_F(RelayTest, a_client_that_does_not_read_holds_up_the_container_and_loses_nothing)
{
    Client slow{*this, {.output = true}};
    start();
    const std::string chunk(64 << 10, 'x');
    std::size_t printed = 0;
    while (const std::size_t count = print(chunk)) {
        printed += count;
        run();
        ASSERT_LT(printed, 4u << 20);
    }
    // Once it reads, the container goes on.
    std::size_t more = 0;
    for (int i = 0; more == 0 && i < 20; ++i) {
        slow.heard(FrameType::output);
        run();
        more = print(chunk);
    }
    EXPECT_GT(more, 0u);
    printed += more;
    // Once the container has ended everything is taken, read or not.
    container_output_.reset();
    container_errors_.reset();
    relay_.process_ended();
    run();
    EXPECT_TRUE(ended_);
    while (!relay_.is_quiet()) {
        slow.heard(FrameType::output);
        run();
    }
    EXPECT_EQ(slow.heard(FrameType::output).size(), printed);
}

TEST_F(RelayTest, ends_when_both_streams_do)
{
    start();
    container_output_.reset();
    run();
    EXPECT_FALSE(ended_);
    container_errors_.reset();
    run();
    EXPECT_TRUE(ended_);
    EXPECT_TRUE(relay_.streams_ended());
}

} // namespace
} // namespace strata::container
