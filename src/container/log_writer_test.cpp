// SPDX-License-Identifier: Apache-2.0
#include "container/log_writer.hpp"
#include "testing/errors.hpp"
#include "testing/temp_dir.hpp"

#include <boost/json.hpp>

namespace strata::container {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> read_log(const sys::Path& path)
{
    std::vector<std::pair<std::string, std::string>> lines;
    std::string text = sys::read_small_file(path);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const auto line = boost::json::parse(text.substr(at, end - at));
        lines.emplace_back(line.at("stream").as_string().c_str(),
                           line.at("log").as_string().c_str());
        EXPECT_TRUE(line.at("time").as_string().ends_with("Z"));
        at = end + 1;
    }
    return lines;
}

TEST(LogWriter, OneObjectALineWhateverThePieces)
{
    const testing::TempDir dir;
    {
        LogWriter log{dir / "log"};
        log.write(Stream::output, "one\ntw");
        log.write(Stream::errors, "oops");
        log.write(Stream::output, "o\n");
        log.write(Stream::output, "no newline");
    }
    EXPECT_THAT(read_log(dir / "log"),
                ElementsAre(Pair("stdout", "one\n"), Pair("stdout", "two\n"),
                            Pair("stdout", "no newline"), Pair("stderr", "oops")));
}

TEST(LogWriter, EscapesAsDockerDoes)
{
    const testing::TempDir dir;
    {
        LogWriter log{dir / "log"};
        log.write(Stream::output, "\"\\\t\r<&>\x01\xc3\xa9\xff\xe2\x80\xa8\n");
    }
    EXPECT_THAT(sys::read_small_file(dir / "log"),
                ::testing::StartsWith(R"({"log":"\"\\\t\r\u003c\u0026\u003e\u0001)"
                                      "\xc3\xa9"
                                      R"(\ufffd\u2028\n","stream":"stdout")"));
}

TEST(LogWriter, CutsLongLines)
{
    const testing::TempDir dir;
    {
        LogWriter log{dir / "log"};
        log.write(Stream::output, std::string(40'000, 'x') + "\n");
    }
    const auto lines = read_log(dir / "log");
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(lines[0].second.size(), 16384u);
    EXPECT_EQ(lines[2].second.size(), 40'001u - 2 * 16384u);
}

TEST(LogWriter, RotatesAndKeepsAsManyFilesAsTold)
{
    const testing::TempDir dir;
    {
        LogWriter log{dir / "log", {.bytes = 1000, .files = 3}};
        for (int i = 0; i < 100; ++i) {
            log.write(Stream::output, fmt::format("line {}\n", i));
            log.flush();
        }
    }
    EXPECT_LE(sys::find_status(dir / "log")->st_size, 1000);
    EXPECT_TRUE(sys::find_status(dir / "log.2"));
    EXPECT_FALSE(sys::find_status(dir / "log.3"));
    EXPECT_EQ(read_log(dir / "log").back().second, "line 99\n");
}

TEST(LogWriter, FilesStayInTheirBoundsHoweverMuchComesAtOnce)
{
    const testing::TempDir dir;
    {
        LogWriter log{dir / "log", {.bytes = 1000, .files = 50}};
        std::string text;
        for (int i = 0; i < 100; ++i) {
            text += fmt::format("line {}\n", i);
        }
        log.write(Stream::output, text);
    }
    std::size_t lines = read_log(dir / "log").size();
    for (int number = 1; const auto file = sys::find_status(dir / fmt::format("log.{}", number));
         ++number) {
        EXPECT_LE(file->st_size, 1000);
        lines += read_log(dir / fmt::format("log.{}", number)).size();
    }
    EXPECT_EQ(lines, 100u);
}

TEST(LogWriter, GoesOnWhereItWas)
{
    const testing::TempDir dir;
    LogWriter{dir / "log"}.write(Stream::output, "a\n");
    LogWriter{dir / "log"}.write(Stream::output, "b\n");
    EXPECT_EQ(read_log(dir / "log").size(), 2u);
}

} // namespace
} // namespace strata::container
