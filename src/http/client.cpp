// SPDX-License-Identifier: Apache-2.0
#include "http/client.hpp"

#include "base/error.hpp"
#include "http/curl.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

namespace strata::http {
namespace {

/// Past this many unread bytes libcurl is told to wait; it hands over at most 16 KiB (or a bit
/// more) at a time.
constexpr std::size_t kHighWater = 256 << 10;

const char* environment(std::initializer_list<const char*> names)
{
    for (const char* name : names) {
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
            return value;
        }
    }
    return nullptr;
}

Errc code_of(CURLcode code)
{
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return Errc::invalid_argument;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return Errc::denied;
    default:
        return Errc::unavailable;
    }
}

Errc code_of_status(long status)
{
    switch (status) {
    case 401:
        return Errc::unauthorized;
    case 403:
        return Errc::denied;
    case 404:
    case 410:
        return Errc::not_found;
    default:
        return Errc::unavailable;
    }
}

/// One transfer, driven by whoever reads it: there is no thread and no unbounded buffer.
class Transfer final : public io::Source {
public:
    Transfer(const std::string& url, const GetOptions& options) : url_{url}, options_{options}
    {
        easy_.reset(curl_.easy_init());
        multi_.reset(curl_.multi_init());
        if (!easy_ || !multi_) {
            throw Error{Errc::exhausted, "libcurl is out of memory"};
        }
        configure();
        if (const CURLMcode code = curl_.multi_add_handle(multi_.get(), easy_.get());
            code != CURLM_OK) {
            throw Error{Errc::internal, fmt::format("libcurl: {}", curl_.multi_strerror(code))};
        }
    }
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() override { curl_.multi_remove_handle(multi_.get(), easy_.get()); }

    /// Until the final answer's header is complete; throws unless it is a success.
    std::uint64_t begin()
    {
        while (!header_complete_ && !result_) {
            check_stop();
            advance();
        }
        if (!header_complete_) {
            check_result(); // of a body that has gone wrong already, read() tells
        }
        check_status();
        return length_;
    }

    std::size_t read(std::span<std::byte> into) override
    {
        while (buffer_.size() == taken_) {
            buffer_.clear();
            taken_ = 0;
            check_stop();
            if (result_) {
                check_result();
                return 0;
            }
            advance();
        }
        const std::size_t count = std::min(into.size(), buffer_.size() - taken_);
        std::memcpy(into.data(), buffer_.data() + taken_, count);
        taken_ += count;
        return count;
    }

private:
    template <typename Value>
    void set(CURLoption option, Value value)
    {
        if (const CURLcode code = curl_.easy_setopt(easy_.get(), option, value); code != CURLE_OK) {
            throw Error{Errc::unsupported, fmt::format("libcurl: {}", curl_.easy_strerror(code))};
        }
    }

    void configure()
    {
        set(CURLOPT_URL, url_.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_REDIR_PROTOCOLS_STR, starts_as_https() ? "https" : "http,https");
        set(CURLOPT_FOLLOWLOCATION, 1L);
        set(CURLOPT_MAXREDIRS, static_cast<long>(options_.max_redirects));
        set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_timeout.count()));
        set(CURLOPT_LOW_SPEED_LIMIT, 1L);
        set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
        set(CURLOPT_USERAGENT, "strata");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_ERRORBUFFER, message_.data());
        set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
        set(CURLOPT_WRITEDATA, this);
        set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
        set(CURLOPT_HEADERDATA, this);
        if (const char* file = environment({"SSL_CERT_FILE"})) {
            set(CURLOPT_CAINFO, file);
        }
        if (const char* folder = environment({"SSL_CERT_DIR"})) {
            set(CURLOPT_CAPATH, folder);
        }
        // libcurl reads the variables itself, but not HTTP_PROXY, because a web server that runs
        // programs sets that one from the client's "Proxy:" header. It sets REQUEST_METHOD then,
        // too.
        if (!starts_as_https() && environment({"http_proxy", "REQUEST_METHOD"}) == nullptr) {
            if (const char* proxy = environment({"HTTP_PROXY"})) {
                set(CURLOPT_PROXY, proxy);
            }
        }
    }

    bool starts_as_https() const { return url_.size() > 5 && (url_[4] == 's' || url_[4] == 'S'); }

    static std::size_t on_body(char* data, std::size_t, std::size_t count, void* self)
    {
        auto& transfer = *static_cast<Transfer*>(self);
        if (transfer.buffer_.size() - transfer.taken_ >= kHighWater) {
            transfer.paused_ = true;
            return CURL_WRITEFUNC_PAUSE;
        }
        transfer.header_complete_ = true;
        transfer.received_ += count;
        if (transfer.received_ > transfer.options_.max_bytes) {
            transfer.too_large_ = true;
            return 0;
        }
        transfer.buffer_.insert(transfer.buffer_.end(), data, data + count);
        return count;
    }

    static std::size_t on_header(char* data, std::size_t, std::size_t count, void* self)
    {
        // A blank line ends a header. Redirects, "100 Continue" and a proxy's CONNECT have theirs
        // too.
        auto& transfer = *static_cast<Transfer*>(self);
        const std::string_view line{data, count};
        if (line == "\r\n" || line == "\n") {
            long status = 0;
            curl_off_t length = -1;
            transfer.curl_.easy_getinfo(transfer.easy_.get(), CURLINFO_RESPONSE_CODE, &status);
            transfer.curl_.easy_getinfo(transfer.easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                                        &length);
            transfer.status_ = status;
            transfer.length_ = length > 0 ? static_cast<std::uint64_t>(length) : 0;
            transfer.header_complete_ =
                status >= 200 && (status < 300 || status >= 400) && status != 407;
        }
        return count;
    }

    void check_stop() const
    {
        if (options_.stop.stop_requested()) {
            throw Error{Errc::cancelled, fmt::format("fetching {} was cancelled", url_)};
        }
    }

    /// Lets libcurl work until something has happened.
    void advance()
    {
        if (paused_) {
            paused_ = false;
            curl_.easy_pause(easy_.get(), CURLPAUSE_CONT);
        }
        int running = 0;
        CURLMcode code = curl_.multi_perform(multi_.get(), &running);
        if (code == CURLM_OK && running > 0 && buffer_.size() == taken_) {
            code = curl_.multi_poll(multi_.get(), nullptr, 0, 200,
                                    nullptr); // so that a requested stop is seen
        }
        if (code != CURLM_OK) {
            throw Error{Errc::unavailable,
                        fmt::format("fetching {}: {}", url_, curl_.multi_strerror(code))};
        }
        int left = 0;
        while (const CURLMsg* message = curl_.multi_info_read(multi_.get(), &left)) {
            if (message->msg == CURLMSG_DONE) {
                result_ = message->data.result;
            }
        }
    }

    void check_result() const
    {
        if (!result_ || *result_ == CURLE_OK) {
            return;
        }
        if (too_large_) {
            throw Error{Errc::exhausted, fmt::format("{} is larger than the limit of {} bytes",
                                                     url_, options_.max_bytes)};
        }
        if (*result_ == CURLE_PARTIAL_FILE && length_ > 0) {
            throw Error{Errc::unavailable,
                        fmt::format("fetching {}: the connection ended after {} of {} bytes", url_,
                                    received_, length_)};
        }
        const char* text =
            message_.front() != '\0' ? message_.data() : curl_.easy_strerror(*result_);
        throw Error{code_of(*result_), fmt::format("fetching {}: {}", url_, text)};
    }

    void check_status() const
    {
        if (status_ < 200 || status_ >= 300) {
            throw Error{code_of_status(status_),
                        fmt::format("fetching {}: the server answered {}", url_, status_)};
        }
    }

    const Curl& curl_ = Curl::get();
    std::string url_;
    GetOptions options_;
    EasyHandle easy_;
    MultiHandle multi_; // goes first
    std::array<char, CURL_ERROR_SIZE> message_{};
    std::vector<char> buffer_;
    std::size_t taken_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t length_ = 0;
    long status_ = 0;
    bool header_complete_ = false;
    bool paused_ = false;
    bool too_large_ = false;
    std::optional<CURLcode> result_;
};

} // namespace

bool is_url(std::string_view text) noexcept
{
    const auto starts_with = [&](std::string_view prefix) {
        return text.size() >= prefix.size() &&
               std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
                   return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
               });
    };
    return starts_with("http://") || starts_with("https://");
}

Download get(const std::string& url, const GetOptions& options)
{
    if (!is_url(url)) {
        throw Error{Errc::invalid_argument, fmt::format("'{}' is not an http or https URL", url)};
    }
    auto transfer = std::make_unique<Transfer>(url, options);
    const std::uint64_t length = transfer->begin();
    return {.body = std::move(transfer), .length = length};
}

} // namespace strata::http
