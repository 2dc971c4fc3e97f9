// SPDX-License-Identifier: Apache-2.0
#include "container/relay.hpp"
#include "sys/socket.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <array>

namespace strata::container {
namespace {

using namespace std::chrono_literals;
using strata::testing::TempDir;
using ::testing::HasSubstr;

/// A container that is three pipes, and a client that is one end of a socket; the test is the other
/// end of all of them.
class RelayTest : public ::testing::Test {
protected:
    RelayTest()
        : log_{dir_ / "log"}
        , relay_{loop_,
                 log_,
                 {.signal = [this](int number) { signals_.push_back(number); },
                  .ended = [this] { ended_ = true; },
                  .quiet = [] {}}}
    {
    }

    void start(InputEnds input_ends = InputEnds::with_the_last_client)
    {
        sys::Pipe input = sys::make_pipe(), output = sys::make_pipe(), errors = sys::make_pipe();
        container_input_ = std::move(input.reader);
        container_output_ = std::move(output.writer);
        container_errors_ = std::move(errors.writer);
        relay_.start({.input = std::move(input.writer),
                      .output = std::move(output.reader),
                      .errors = std::move(errors.reader)},
                     input_ends);
    }

    sys::Fd add_client(AttachRequest attached)
    {
        auto [ours, theirs] = sys::make_socket_pair(sys::SocketType::stream);
        relay_.add_client(std::move(theirs), attached);
        sys::set_nonblocking(ours);
        return std::move(ours);
    }

    /// Lets the loop run until nothing is left to do for it.
    void run()
    {
        loop_.after(20ms, [this] { loop_.stop(); });
        loop_.run();
    }

    static void say(const sys::Fd& client, FrameType type, std::string_view payload = {})
    {
        std::string bytes;
        append_frame(bytes, type, payload);
        sys::write_all(client, bytes);
    }

    /// The payloads of one type among all that has come, put together.
    static std::string heard(const sys::Fd& client, FrameType type)
    {
        FrameReader reader;
        std::string text;
        try {
            for (;;) {
                const auto space = reader.space();
                const std::size_t count = sys::read_some(client, std::as_writable_bytes(space));
                if (count == 0) {
                    break;
                }
                reader.received(count);
                while (const auto frame = reader.next()) {
                    if (frame->type == type) {
                        text += frame->payload;
                    }
                }
            }
        } catch (const Error&) { // nothing more now
        }
        return text;
    }

    static std::string read_now(const sys::Fd& pipe)
    {
        sys::set_nonblocking(pipe);
        std::string text(1 << 20, '\0');
        try {
            text.resize(sys::read_some(pipe, std::as_writable_bytes(std::span{text})));
        } catch (const Error&) {
            return "(nothing yet)";
        }
        return text;
    }

    TempDir dir_;
    sys::EventLoop loop_;
    LogWriter log_;
    Relay relay_;
    sys::Fd container_input_, container_output_, container_errors_;
    std::vector<int> signals_;
    bool ended_ = false;
};

constexpr AttachRequest kAll{.input = true, .output = true, .errors = true};

TEST_F(RelayTest, OutputGoesToTheLogAndToThoseWhoWantIt)
{
    const sys::Fd all = add_client(kAll);
    const sys::Fd errors = add_client({.errors = true});
    start();
    sys::write_all(container_output_, "out\n");
    sys::write_all(container_errors_, "err\n");
    run();
    EXPECT_EQ(heard(all, FrameType::output), "out\n");
    EXPECT_EQ(heard(errors, FrameType::output), "");
    EXPECT_EQ(heard(errors, FrameType::errors), "err\n");
    EXPECT_THAT(sys::read_small_file(dir_ / "log"),
                HasSubstr(R"({"log":"out\n","stream":"stdout")"));
}

TEST_F(RelayTest, InputIsPassedOnAndAcknowledgedAndEndsWithItsClient)
{
    const sys::Fd client = add_client(kAll);
    say(client, FrameType::input, "before the start");
    start();
    run();
    EXPECT_EQ(read_now(container_input_), "before the start");
    EXPECT_EQ(decode_u64(heard(client, FrameType::taken)), 16u);
    say(client, FrameType::input_end);
    run();
    EXPECT_EQ(read_now(container_input_), "");
}

TEST_F(RelayTest, InputOfOneThatRunsInTheBackgroundStaysOpen)
{
    start(InputEnds::with_the_container);
    {
        const sys::Fd client = add_client(kAll);
        say(client, FrameType::input, "x");
        run();
    }
    run();
    EXPECT_EQ(read_now(container_input_), "x");
    EXPECT_EQ(read_now(container_input_), "(nothing yet)");
}

TEST_F(RelayTest, SignalsAreHeardEvenIfTheContainerDoesNotRead)
{
    const sys::Fd client = add_client(kAll);
    start();
    say(client, FrameType::input, std::string(kInputWindow, 'x'));
    say(client, FrameType::signal, encode(std::int32_t{15}));
    run();
    EXPECT_THAT(signals_, ::testing::ElementsAre(15));
    EXPECT_LT(decode_u64(heard(client, FrameType::taken)), kInputWindow);
}

TEST_F(RelayTest, AClientThatGivesMoreThanAgreedIsCutOff)
{
    const sys::Fd client = add_client(kAll);
    start();
    std::string flood;
    for (int i = 0; i < 3; ++i) {
        append_frame(flood, FrameType::input, std::string(kInputWindow, 'x'));
    }
    std::size_t sent = 0;
    const auto pump = [&] {
        try {
            while (sent < flood.size()) {
                const std::size_t count =
                    sys::write_some(client, std::as_bytes(std::span{flood}).subspan(sent));
                if (count == 0) {
                    return true;
                }
                sent += count;
            }
        } catch (const Error&) {
            return false;
        }
        return true;
    };
    bool connected = true;
    for (int i = 0; i < 50 && connected && sent < flood.size(); ++i) {
        connected = pump();
        run();
    }
    EXPECT_TRUE(!connected || sys::wait_readable(client, 0ms));
}

TEST_F(RelayTest, GarbageEndsTheConnectionOnly)
{
    const sys::Fd bad = add_client(kAll);
    const sys::Fd good = add_client({.output = true});
    start();
    sys::write_all(bad, std::string_view{"GET / HTTP/1.1\r\n\r\n"});
    run();
    sys::write_all(container_output_, "still here");
    run();
    EXPECT_EQ(heard(good, FrameType::output), "still here");
}

TEST_F(RelayTest, AClientThatDoesNotReadHoldsUpTheContainerNotOurMemory)
{
    const sys::Fd slow = add_client({.output = true});
    start();
    sys::set_nonblocking(container_output_);
    const std::string chunk(64 << 10, 'x');
    std::size_t written = 0;
    for (int i = 0; i < 200; ++i) {
        written += sys::write_some(container_output_, std::as_bytes(std::span{chunk}));
        run();
        if (written > (8 << 20)) {
            break;
        }
    }
    EXPECT_LT(written, 4u << 20);
    // Once it has ended everything is taken, and nothing was lost.
    container_output_.reset();
    container_errors_.reset();
    relay_.process_ended();
    std::size_t read = 0;
    for (int i = 0; i < 100 && read < written; ++i) {
        run();
        read += heard(slow, FrameType::output).size();
    }
    EXPECT_TRUE(ended_);
}

TEST_F(RelayTest, EndsWhenBothStreamsDo)
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
