// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace strata::http {
namespace {

/// Past this many unread bytes libcurl is told to wait; it hands over at most kPiece at a time.
constexpr std::size_t kHighWater = 256 << 10;
constexpr long kPiece = 128 << 10;

/// Of one answer's header.
constexpr std::size_t kMostFields = 1000;

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

bool starts_as_https(const std::string& url)
{
    return url.size() > 5 && (url[4] == 's' || url[4] == 'S');
}

/// "https://host:port" of a URL.
std::string origin_of(const std::string& url)
{
    const std::size_t host = url.find("://") + 3;
    return to_lower(url.substr(0, url.find_first_of("/?#", host)));
}

bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace

// --- connections at rest -------------------------------------------------------------------------

Line ConnectionPool::take(const std::string& origin)
{
    const Curl& curl = Curl::get();
    {
        const std::scoped_lock lock{mutex_};
        for (std::size_t i = lines_.size(); i-- > 0;) {
            if (lines_[i].origin == origin) {
                Line line = std::move(lines_[i]);
                lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i));
                return line;
            }
        }
    }
    Line line{origin, EasyHandle{curl.easy_init()}, MultiHandle{curl.multi_init()}};
    if (!line.easy || !line.multi) {
        throw Error{Errc::exhausted, "libcurl is out of memory"};
    }
    return line;
}

void ConnectionPool::give_back(Line&& line) noexcept
{
    Line oldest; // closed outside the lock: that says goodbye over the network
    try {
        Curl::get().easy_reset(line.easy.get());
        const std::scoped_lock lock{mutex_};
        lines_.push_back(std::move(line));
        if (lines_.size() > limit_) {
            oldest = std::move(lines_.front());
            lines_.erase(lines_.begin());
        }
    } catch (const std::exception&) {
        return; // no memory: it is closed
    }
}

// --- a request -----------------------------------------------------------------------------------

Transfer::Transfer(ClientRequest&& request, std::shared_ptr<const ClientOptions> options,
                   std::shared_ptr<ConnectionPool> pool)
    : request_{std::move(request)}, options_{std::move(options)}, pool_{std::move(pool)}
{
    if (!is_url(request_.url)) {
        throw Error{Errc::invalid_argument,
                    fmt::format("'{}' is not an http or https URL", request_.url)};
    }
    line_ = pool_->take(origin_of(request_.url));
    configure();
    if (const CURLMcode code = curl_.multi_add_handle(line_.multi.get(), line_.easy.get());
        code != CURLM_OK) {
        throw Error{Errc::internal, fmt::format("libcurl: {}", curl_.multi_strerror(code))};
    }
}

Transfer::~Transfer()
{
    curl_.multi_remove_handle(line_.multi.get(), line_.easy.get()); // closes what is under way
    pool_->give_back(std::move(line_));
}

template <typename Value>
void Transfer::set(CURLoption option, Value value)
{
    if (const CURLcode code = curl_.easy_setopt(line_.easy.get(), option, value);
        code != CURLE_OK) {
        throw Error{Errc::unsupported, fmt::format("libcurl: {}", curl_.easy_strerror(code))};
    }
}

bool Transfer::follows() const
{
    return request_.max_redirects > 0 && (request_.method == "GET" || request_.method == "HEAD");
}

void Transfer::configure()
{
    using std::chrono::ceil;
    using std::chrono::seconds;
    const bool https = starts_as_https(request_.url);
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, follows() ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, static_cast<long>(request_.max_redirects));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(ceil<seconds>(request_.stall_timeout).count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.total_timeout.count()));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)); // a line is one request's
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_BUFFERSIZE, kPiece);
    set(CURLOPT_USERAGENT, options_->user_agent.c_str());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, message_.data());
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    // libcurl reads the variables itself, but not HTTP_PROXY, because a web server that runs
    // programs sets that one from the client's "Proxy:" header. It sets REQUEST_METHOD then, too.
    if (!https && environment({"http_proxy", "REQUEST_METHOD"}) == nullptr) {
        if (const char* proxy = environment({"HTTP_PROXY"})) {
            set(CURLOPT_PROXY, proxy);
        }
    }
    configure_trust();
    configure_method();
    configure_fields();
}

void Transfer::configure_trust()
{
    if (!options_->ca_file.empty()) {
        set(CURLOPT_CAINFO, options_->ca_file.c_str());
        set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    } else {
        if (const char* file = environment({"SSL_CERT_FILE"})) {
            set(CURLOPT_CAINFO, file);
        }
        if (const char* folder = environment({"SSL_CERT_DIR"})) {
            set(CURLOPT_CAPATH, folder);
        }
    }
    if (options_->verify == ClientOptions::Verify::no) {
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!options_->certificate.empty()) {
        set(CURLOPT_SSLCERT, options_->certificate.c_str());
        set(CURLOPT_SSLKEY, options_->key.c_str());
    }
}

void Transfer::configure_method()
{
    const std::string& method = request_.method;
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (method.empty() || !std::ranges::all_of(method, is_letter)) {
        throw Error{Errc::invalid_argument, fmt::format("{} is no method", go_quote(method))};
    }
    if (request_.stream) {
        set(CURLOPT_FRESH_CONNECT, 1L); // one that turns out to be dead would need it rewound
        set(CURLOPT_UPLOAD, 1L);
        set(CURLOPT_READFUNCTION, &Transfer::on_send);
        set(CURLOPT_READDATA, this);
        set(CURLOPT_INFILESIZE_LARGE, request_.stream_length
                                          ? static_cast<curl_off_t>(*request_.stream_length)
                                          : curl_off_t{-1});
    } else if (method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    } else if (!request_.text.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDS, request_.text.c_str());
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.text.size()));
    } else {
        set(CURLOPT_HTTPGET, 1L);
    }
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::configure_fields()
{
    const auto is_bad = [](std::string_view text) {
        return text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
    };
    const auto add = [&](const std::string& line) {
        ::curl_slist* const longer = curl_.slist_append(field_list_.get(), line.c_str());
        if (longer == nullptr) {
            throw Error{Errc::exhausted, "libcurl is out of memory"};
        }
        static_cast<void>(field_list_.release());
        field_list_.reset(longer);
    };
    bool has_type = false;
    for (const Field& field : request_.fields) {
        if (field.name.empty() || is_bad(field.name) || is_bad(field.value) ||
            field.name.find_first_of(" :;") != std::string::npos) {
            throw Error{Errc::invalid_argument,
                        fmt::format("the field {} is malformed", go_quote(field.name))};
        }
        has_type = has_type || equal_ignoring_case(field.name, "Content-Type");
        // "Name:" would take the field away from libcurl's own
        add(field.value.empty() ? field.name + ";" : field.name + ": " + field.value);
    }
    if (!has_type) {
        add("Content-Type:"); // libcurl believes that a POST is a form
    }
    if (!request_.stream) {
        add("Expect:");
    }
    set(CURLOPT_HTTPHEADER, field_list_.get());
}

// --- what libcurl calls --------------------------------------------------------------------------

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t count, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.buffer_.size() - transfer.taken_ >= kHighWater) {
        transfer.paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    transfer.header_complete_ = true;
    transfer.received_ += count;
    if (transfer.received_ > transfer.request_.max_bytes) {
        transfer.too_large_ = true;
        return 0;
    }
    const std::span<std::byte> room = transfer.target_.subspan(transfer.filled_);
    const std::size_t direct = std::min(room.size(), count);
    if (direct > 0) {
        std::memcpy(room.data(), data, direct);
        transfer.filled_ += direct;
    }
    try {
        transfer.buffer_.insert(transfer.buffer_.end(), data + direct, data + count);
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return count;
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t count, void* self)
{
    try {
        static_cast<Transfer*>(self)->take_header({data, count});
        return count;
    } catch (const std::exception&) {
        return 0; // no memory, or too many fields: a failed write for libcurl
    }
}

/// A blank line ends a header. Redirects and "100 Continue" have theirs too.
void Transfer::take_header(std::string_view line)
{
    if (line.starts_with("HTTP/")) {
        fields_.clear();
    } else if (line == "\r\n" || line == "\n") {
        end_header();
    } else if (const auto parts = split_once(line, ':'); parts && !header_complete_) {
        if (fields_.size() >= kMostFields) {
            throw Error{Errc::exhausted, "too many fields"};
        }
        fields_.push_back({std::string{trim(parts->first)}, std::string{trim(parts->second)}});
    }
}

void Transfer::end_header()
{
    if (header_complete_) {
        return; // trailers
    }
    curl_off_t length = -1;
    curl_.easy_getinfo(line_.easy.get(), CURLINFO_RESPONSE_CODE, &status_);
    curl_.easy_getinfo(line_.easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    length_ = length >= 0 ? std::optional{static_cast<std::uint64_t>(length)} : std::nullopt;
    const auto leads_on = [](const Field& field) {
        return equal_ignoring_case(field.name, "Location");
    };
    const bool followed =
        follows() && is_redirect(status_) && std::ranges::any_of(fields_, leads_on);
    header_complete_ = status_ >= 200 && !followed && status_ != 407;
}

std::size_t Transfer::on_send(char* into, std::size_t, std::size_t size, void* self)
{
    auto& transfer = *static_cast<Transfer*>(self);
    try {
        return transfer.request_.stream->read({reinterpret_cast<std::byte*>(into), size});
    } catch (...) {
        transfer.stream_failed_ = std::current_exception();
        return CURL_READFUNC_ABORT;
    }
}

// --- driving -------------------------------------------------------------------------------------

void Transfer::begin()
{
    while (!header_complete_ && !result_) {
        check_stop();
        advance();
    }
    if (!header_complete_) {
        check_result(); // of a body that has gone wrong already, read() tells
    }
}

ClientResponse Transfer::response()
{
    ClientResponse response;
    response.status = static_cast<std::uint16_t>(status_);
    response.fields = std::move(fields_);
    response.length = length_;
    const char* url = nullptr;
    curl_.easy_getinfo(line_.easy.get(), CURLINFO_EFFECTIVE_URL, &url);
    response.url = url != nullptr ? url : request_.url;
    return response;
}

std::size_t Transfer::read(std::span<std::byte> into)
{
    if (buffer_.size() > taken_) {
        const std::size_t count = std::min(into.size(), buffer_.size() - taken_);
        std::memcpy(into.data(), buffer_.data() + taken_, count);
        taken_ += count;
        return count;
    }
    buffer_.clear();
    taken_ = 0;
    target_ = into;
    filled_ = 0;
    while (filled_ == 0 && !into.empty()) {
        check_stop();
        if (result_) {
            check_result();
            break;
        }
        advance();
    }
    target_ = {};
    return std::exchange(filled_, 0);
}

void Transfer::check_stop() const
{
    if (request_.stop.stop_requested()) {
        throw Error{Errc::cancelled, fmt::format("fetching {} was cancelled", request_.url)};
    }
}

/// Lets libcurl work until something has happened.
void Transfer::advance()
{
    if (paused_) {
        paused_ = false;
        curl_.easy_pause(line_.easy.get(), CURLPAUSE_CONT);
    }
    const bool header_before = header_complete_;
    int running = 0;
    CURLMcode code = curl_.multi_perform(line_.multi.get(), &running);
    const bool nothing_new =
        filled_ == 0 && buffer_.size() == taken_ && header_complete_ == header_before;
    if (code == CURLM_OK && running > 0 && nothing_new) {
        code = curl_.multi_poll(line_.multi.get(), nullptr, 0, 200,
                                nullptr); // so that a requested stop is seen
    }
    if (code != CURLM_OK) {
        throw Error{Errc::unavailable,
                    fmt::format("fetching {}: {}", request_.url, curl_.multi_strerror(code))};
    }
    int left = 0;
    while (const CURLMsg* message = curl_.multi_info_read(line_.multi.get(), &left)) {
        if (message->msg == CURLMSG_DONE) {
            result_ = message->data.result;
        }
    }
}

void Transfer::check_result() const
{
    if (!result_ || *result_ == CURLE_OK) {
        return;
    }
    if (stream_failed_) {
        std::rethrow_exception(stream_failed_);
    }
    if (too_large_) {
        throw Error{Errc::exhausted, fmt::format("{} is larger than the limit of {} bytes",
                                                 request_.url, request_.max_bytes)};
    }
    if (*result_ == CURLE_PARTIAL_FILE && length_.value_or(0) > 0) {
        throw Error{Errc::unavailable,
                    fmt::format("fetching {}: the connection ended after {} of {} bytes",
                                request_.url, received_, *length_)};
    }
    const char* text = message_.front() != '\0' ? message_.data() : curl_.easy_strerror(*result_);
    throw Error{code_of(*result_), fmt::format("fetching {}: {}", request_.url, text)};
}

} // namespace strata::http
