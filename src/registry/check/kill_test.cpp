// SPDX-License-Identifier: Apache-2.0
//
// A process that pushes, deletes and collects is killed at random moments, again and again, over
// the same directory. Afterwards everything that it said was done is there, and the check has
// nothing to say.
#include "registry/check/check.hpp"
#include "registry/collect/collector.hpp"
#include "registry/testing/metadata_under_test.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>
#include <sstream>
#include <thread>

namespace strata::registry {
namespace {

using strata::registry::testing::TinyManifest;
using strata::testing::TempDir;

constexpr MetadataOptions kOptions{.grace = std::chrono::seconds{0}, .untagged = Untagged::collect};

/// What the victim does until it is killed. It says what is done on `said`, a line each.
class Victim {
public:
    Victim(const std::filesystem::path& root, int round, const sys::Fd& said)
        : files_{open_blob_files(root)}
        , metadata_{open_sqlite_metadata(root, kOptions)}
        , round_{round}
        , said_{said}
    {
    }

    void live()
    {
        recover_uploads(*metadata_, *files_);
        std::thread{[&] { push("a"); }}.detach();
        std::thread{[&] { push("b"); }}.detach();
        for (;;) {
            collect_round(*metadata_, *files_, now(), 3);
        }
    }

private:
    void say(const std::string& line) const { sys::write_all(said_, line + "\n"); }

    std::optional<Digest> push_blob(const std::string& repository, int i)
    {
        const std::string content = fmt::format("layer {} {}", repository, i % 7) +
                                    std::string(static_cast<std::size_t>(i % 7) * 20'000, 'x');
        const Upload upload{.id = fmt::format("{}-{}-{}", round_, repository, i),
                            .repository = repository,
                            .started = now(),
                            .touched = now()};
        metadata_->add_upload(upload);
        files_->create_upload(repository, upload.id);
        const auto file = files_->open_upload(repository, upload.id, oci::HashAlgorithm::sha256);
        io::MemorySource source{content};
        file->write_from(source);
        return publish_upload(*metadata_, *files_, upload, *file, Digest::of(content)).digest;
    }

    [[noreturn]] void push(const std::string& repository)
    {
        for (int i = 0;; ++i) {
            const auto layer = push_blob(repository, i);
            const std::string tag = fmt::format("t{}-{}", round_, i);
            const NewManifest manifest =
                TinyManifest{fmt::format("{} {}", repository, tag)}.layer(*layer);
            if (metadata_->put_manifest(repository, manifest, {tag}).missing.empty()) {
                say(fmt::format("put {} {} {}", repository, tag, manifest.digest.str()));
                if (i % 3 == 1) {
                    say(fmt::format("begin {} {}", repository, tag));
                    metadata_->remove_manifest(repository, manifest.digest);
                    say(fmt::format("removed {} {}", repository, tag));
                }
            }
        }
    }

    std::unique_ptr<BlobFiles> files_;
    std::unique_ptr<Metadata> metadata_;
    const int round_;
    const sys::Fd& said_;
};

class KillTest : public ::testing::Test {
protected:
    enum class From { start, first_word };

    /// Kills a victim that long after its start, or after the first thing that it has done, and
    /// notes what it has said.
    void run_and_kill(int round, From from, std::chrono::microseconds life)
    {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const sys::Fd read_end{ends[0]};
        sys::Fd write_end{ends[1]};
        const pid_t victim = ::fork(); // nothing is open and no thread runs at this moment
        ASSERT_GE(victim, 0);
        if (victim == 0) {
            try {
                Victim{dir_.path(), round, write_end}.live();
            } catch (const std::exception& error) {
                sys::write_all(write_end, fmt::format("failed {}\n", error.what()));
            }
            ::_exit(1);
        }
        write_end.reset();
        std::string said(from == From::first_word ? 1 : 0, '\0');
        said.resize(sys::read_full(read_end, std::as_writable_bytes(std::span{said})));
        std::this_thread::sleep_for(life);
        ::kill(victim, SIGKILL);
        ::waitpid(victim, nullptr, 0);
        note(said + sys::read_small_file(read_end));
    }

    void note(const std::string& said)
    {
        std::istringstream lines{said};
        std::string verb;
        std::string repository;
        std::string tag;
        while (lines >> verb >> repository >> tag) {
            if (verb == "put") {
                std::string digest;
                lines >> digest;
                expected_.insert_or_assign({repository, tag}, Digest::parse(digest));
            } else if (verb == "begin") { // from here on it may be there or not
                expected_.erase({repository, tag});
            } else if (verb == "removed") {
                expected_.insert_or_assign({repository, tag}, std::nullopt);
            } else {
                ADD_FAILURE() << said;
                return;
            }
        }
    }

    void expect_sound()
    {
        const auto files = open_blob_files(dir_.path());
        const auto metadata = open_sqlite_metadata(dir_.path(), kOptions);
        recover_uploads(*metadata, *files);
        for (const auto& [where, digest] : expected_) {
            const auto found = metadata->find_tag(where.first, where.second);
            ASSERT_EQ(found ? std::optional{found->digest} : std::nullopt, digest)
                << where.first << ":" << where.second;
        }
        check_registry(*metadata, *files, dir_.path(),
                       {.contents = CheckOptions::Contents::hash_again,
                        .found = [](const Problem& problem) { ADD_FAILURE() << problem.what; }});
    }

    TempDir dir_;
    std::map<std::pair<std::string, std::string>, std::optional<Digest>> expected_;
};

TEST_F(KillTest, nothing_acknowledged_is_lost_and_nothing_is_left_behind)
{
    constexpr int kRounds = 200;
    std::mt19937 random{20'260'101};
    for (int round = 0; round < kRounds && !HasFailure(); ++round) {
        run_and_kill(round, round % 2 == 0 ? From::start : From::first_word,
                     std::chrono::microseconds{random() % 30'000});
        expect_sound();
    }
    EXPECT_FALSE(expected_.empty());
}

} // namespace
} // namespace strata::registry
