// SPDX-License-Identifier: Apache-2.0
//
// One request by libcurl. Only the client's .cpp files include this.
#pragma once

#include "http/client.hpp"
#include "http/curl.hpp"
#include "io/source.hpp"

#include <array>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strata::http {

/// What a request needs of libcurl, with the connections that earlier ones left open.
struct Line {
    std::string origin; // "https://host:port" that it was last used for
    EasyHandle easy;
    MultiHandle multi; // goes first
};

/// Lines at rest. libcurl's own sharing of connections is not safe between threads; a line is
/// always one thread's.
class ConnectionPool {
public:
    explicit ConnectionPool(std::size_t limit) : limit_{limit} {}

    /// One that was used for `origin`, or a new one.
    Line take(const std::string& origin);
    void give_back(Line&& line) noexcept;

private:
    const std::size_t limit_;
    std::mutex mutex_;
    std::vector<Line> lines_; // the most recently used at the end
};

/// Driven by whoever reads it: there is no thread and no unbounded buffer.
class Transfer final : public io::Source {
public:
    Transfer(ClientRequest&& request, std::shared_ptr<const ClientOptions> options,
             std::shared_ptr<ConnectionPool> pool);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() override;

    /// Until the final answer's header is complete.
    void begin();

    /// Everything of the answer but its body.
    ClientResponse response();

    std::size_t read(std::span<std::byte> into) override;

private:
    template <typename Value>
    void set(CURLoption option, Value value);
    void configure();
    void configure_trust();
    void configure_method();
    void configure_fields();
    bool follows() const;

    static std::size_t on_body(char* data, std::size_t, std::size_t count, void* self);
    static std::size_t on_header(char* data, std::size_t, std::size_t count, void* self);
    static std::size_t on_send(char* into, std::size_t, std::size_t size, void* self);
    void take_header(std::string_view line);
    void end_header();

    void check_stop() const;
    void advance();
    void check_result() const;

    const Curl& curl_ = Curl::get();
    ClientRequest request_;
    std::shared_ptr<const ClientOptions> options_;
    std::shared_ptr<ConnectionPool> pool_;
    Line line_;
    FieldListPtr field_list_;
    std::array<char, CURL_ERROR_SIZE> message_{};

    std::span<std::byte> target_; // of the read at hand; what does not fit is buffered
    std::size_t filled_ = 0;
    std::vector<char> buffer_;
    std::size_t taken_ = 0;
    std::uint64_t received_ = 0;

    std::vector<Field> fields_;
    std::optional<std::uint64_t> length_;
    long status_ = 0;
    bool header_complete_ = false;
    bool paused_ = false;
    bool too_large_ = false;
    std::exception_ptr stream_failed_;
    std::optional<CURLcode> result_;
};

} // namespace strata::http
