// SPDX-License-Identifier: Apache-2.0
#include "http/tls.hpp"

#include "base/error.hpp"
#include "base/strings.hpp"
#include "sys/file.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <climits>
#include <vector>

namespace strata::http {
namespace {

using Moved = sys::Moved;
using ClientAuth = TlsOptions::ClientAuth;
using Minimum = TlsOptions::Minimum;

template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* it) const noexcept
    {
        Free(it);
    }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freer<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freer<&SSL_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<&X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<&BIO_free_all>>;

/// At most this much of a file is encrypted at once.
constexpr std::size_t kFilePiece = std::size_t{64} << 10;

/// To a client that does not speak TLS: its most likely mistake, told so that it can be read.
constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    "Content-Length: 53\r\n\r\nthis server speaks TLS: use https:// instead of http\n";

std::string openssl_error()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason != nullptr ? reason : "unknown error";
}

// --- the socket as OpenSSL sees it: its own would raise SIGPIPE ----------------------------------

int socket_of(BIO* bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_result(BIO* bio, const Moved& moved, std::size_t* count, bool reading)
{
    BIO_clear_retry_flags(bio);
    *count = moved.bytes;
    if (moved.state == Moved::State::some) {
        return 1;
    }
    if (moved.state == Moved::State::not_now || moved.state == Moved::State::not_now_tx) {
        reading ? BIO_set_retry_read(bio) : BIO_set_retry_write(bio);
    }
    return 0;
}

int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* count)
{
    const std::span bytes{reinterpret_cast<std::byte*>(into), size};
    return bio_result(bio, sys::receive(socket_of(bio), bytes), count, true);
}

int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* count)
{
    const Moved moved = sys::send(socket_of(bio), {from, size}, {}, sys::MoreFollows::no);
    return bio_result(bio, moved, count, false);
}

long bio_control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method()
{
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made =
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "strata socket");
        BIO_meth_set_read_ex(made, &bio_read);
        BIO_meth_set_write_ex(made, &bio_write);
        BIO_meth_set_ctrl(made, &bio_control);
        return made;
    }();
    return method;
}

// --- a connection --------------------------------------------------------------------------------

class OpenSslSession final : public TlsSession {
public:
    OpenSslSession(SslPtr ssl, bool verifies) : ssl_{std::move(ssl)}, verifies_{verifies} {}

    Moved handshake() noexcept override
    {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        if (done != 1 && ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_HTTP_REQUEST) {
            sys::send(socket_of(SSL_get_wbio(ssl_.get())), kPlainHttp, {}, sys::MoreFollows::no);
            sys::shut_down_sending(socket_of(SSL_get_wbio(ssl_.get())));
        }
        return result(done, 1);
    }

    Moved read(std::span<std::byte> into) noexcept override
    {
        std::size_t count = 0;
        ERR_clear_error();
        const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
        return result(done, count);
    }

    Moved write(std::string_view text) noexcept override
    {
        std::size_t count = 0;
        ERR_clear_error();
        const int done = SSL_write_ex(ssl_.get(), text.data(), text.size(), &count);
        return result(done, count);
    }

    Moved write_file(const sys::Fd& file, std::uint64_t offset, std::size_t count) noexcept override
    {
        // What could not be sent is read again: the second try must offer the same bytes, and the
        // file is not to change while it is sent.
        thread_local std::vector<std::byte> buffer(kFilePiece);
        try {
            const auto piece = std::span{buffer}.first(std::min(count, buffer.size()));
            const std::size_t got = sys::read_full_at(file, piece, offset);
            if (got == 0) {
                return {Moved::State::end, 0};
            }
            return write({reinterpret_cast<const char*>(buffer.data()), got});
        } catch (const std::exception&) {
            return {Moved::State::broken, 0};
        }
    }

    void say_goodbye() noexcept override
    {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }

    std::string peer_subject() const override
    {
        const CertificatePtr certificate{SSL_get1_peer_certificate(ssl_.get())};
        if (!certificate || !verifies_ || SSL_get_verify_result(ssl_.get()) != X509_V_OK) {
            return {};
        }
        const BioPtr text{BIO_new(BIO_s_mem())};
        X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0,
                           XN_FLAG_RFC2253);
        char* data = nullptr;
        const long size = BIO_get_mem_data(text.get(), &data);
        return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string{};
    }

private:
    Moved result(int done, std::size_t count) noexcept
    {
        if (done == 1) {
            return {Moved::State::some, count};
        }
        switch (SSL_get_error(ssl_.get(), done)) {
        case SSL_ERROR_WANT_READ:
            return {Moved::State::not_now, 0};
        case SSL_ERROR_WANT_WRITE:
            return {Moved::State::not_now_tx, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {Moved::State::end, 0};
        default:
            ERR_clear_error();
            return {Moved::State::broken, 0};
        }
    }

    SslPtr ssl_;
    bool verifies_;
};

class OpenSslContext final : public TlsContext {
public:
    OpenSslContext(ContextPtr context, bool verifies)
        : context_{std::move(context)}, verifies_{verifies}
    {
    }

    std::unique_ptr<TlsSession> accept(int socket) const override
    {
        SslPtr ssl{SSL_new(context_.get())};
        BIO* const bio = BIO_new(socket_method());
        if (!ssl || bio == nullptr) {
            throw Error{Errc::exhausted, "no memory for another connection"};
        }
        BIO_set_data(bio, reinterpret_cast<void*>( // NOLINT: OpenSSL keeps a pointer for us
                              static_cast<std::intptr_t>(socket)));
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl.get(), bio, bio); // takes it
        SSL_set_accept_state(ssl.get());
        return std::make_unique<OpenSslSession>(std::move(ssl), verifies_);
    }

private:
    ContextPtr context_;
    bool verifies_;
};

// --- options -------------------------------------------------------------------------------------

int version_of(Minimum minimum)
{
    switch (minimum) {
    case Minimum::tls_1_0:
        return TLS1_VERSION;
    case Minimum::tls_1_1:
        return TLS1_1_VERSION;
    case Minimum::tls_1_2:
        return TLS1_2_VERSION;
    case Minimum::tls_1_3:
        return TLS1_3_VERSION;
    }
    return TLS1_2_VERSION;
}

void set_versions(SSL_CTX* context, const TlsOptions& options)
{
    SSL_CTX_set_min_proto_version(context, version_of(options.minimum));
    if (options.minimum < Minimum::tls_1_2) {
        SSL_CTX_set_security_level(context, 0); // they need SHA-1, which is forbidden above it
    }
}

/// Those of TLS 1.3 are a list of their own.
void set_cipher_suites(SSL_CTX* context, const std::vector<std::string>& names)
{
    std::vector<std::string> newer;
    std::vector<std::string> older;
    for (const std::string& name : names) {
        (name.starts_with("TLS_") ? newer : older).push_back(name);
    }
    const auto unknown = [&] {
        return Error{Errc::invalid_argument,
                     fmt::format("TLS cipher suites '{}': {}", join(names, ":"), openssl_error())};
    };
    if (!newer.empty() && SSL_CTX_set_ciphersuites(context, join(newer, ":").c_str()) != 1) {
        throw unknown();
    }
    if (!older.empty() && SSL_CTX_set_cipher_list(context, join(older, ":").c_str()) != 1) {
        throw unknown();
    }
}

void require_file(const std::string& name, const char* what)
{
    if (name.empty()) {
        throw Error{Errc::invalid_argument, fmt::format("TLS needs a {}", what)};
    }
    in_context([&] { return fmt::format("reading the {} for TLS", what); },
               [&] { sys::read_small_file(sys::Path{name}); });
}

void load_certificate(SSL_CTX* context, const TlsOptions& options)
{
    require_file(options.certificate, "certificate");
    require_file(options.key, "key");
    const auto bad = [](const std::string& file, const char* what) {
        return Error{Errc::invalid_argument,
                     fmt::format("{} is no {} for TLS: {}", file, what, openssl_error())};
    };
    // A key with a passphrase is to fail, not to ask on the terminal.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
    if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1) {
        throw bad(options.certificate, "certificate");
    }
    if (SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        throw bad(options.key, "key");
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        throw Error{Errc::invalid_argument,
                    fmt::format("{} is not the key of {}", options.key, options.certificate)};
    }
}

void load_client_cas(SSL_CTX* context, const std::vector<std::string>& files)
{
    for (const std::string& file : files) {
        require_file(file, "certificate of clients' authority");
        if (SSL_CTX_load_verify_file(context, file.c_str()) != 1 ||
            SSL_add_file_cert_subjects_to_stack(SSL_CTX_get_client_CA_list(context),
                                                file.c_str()) != 1) {
            throw Error{
                Errc::invalid_argument,
                fmt::format("{} is no certificate of an authority: {}", file, openssl_error())};
        }
    }
}

bool verifies(ClientAuth auth)
{
    return auth == ClientAuth::verify_if_given || auth == ClientAuth::require;
}

void set_client_auth(SSL_CTX* context, const TlsOptions& options)
{
    const ClientAuth auth = options.client_cas.empty() && verifies(options.client_auth)
                                ? ClientAuth::none
                                : options.client_auth;
    if (auth == ClientAuth::none) {
        return;
    }
    SSL_CTX_set_client_CA_list(context, sk_X509_NAME_new_null());
    load_client_cas(context, options.client_cas);
    int mode = SSL_VERIFY_PEER;
    if (auth == ClientAuth::require || auth == ClientAuth::require_any) {
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    const SSL_verify_cb accept_all = [](int, X509_STORE_CTX*) { return 1; };
    SSL_CTX_set_verify(context, mode, verifies(auth) ? nullptr : accept_all);
    constexpr std::array<unsigned char, 6> kId{'s', 't', 'r', 'a', 't', 'a'};
    SSL_CTX_set_session_id_context(context, kId.data(), kId.size()); // else nothing is resumed
}

/// Whoever asks for HTTP/2 learns that it is not spoken before sending any of it.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*)
{
    static constexpr std::array<unsigned char, 9> kOurs{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, size, kOurs.data(), kOurs.size(), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

std::shared_ptr<const TlsContext> make_tls_context(const TlsOptions& options)
{
    ERR_clear_error();
    ContextPtr context{SSL_CTX_new(TLS_server_method())};
    if (!context) {
        throw Error{Errc::exhausted, fmt::format("TLS does not start: {}", openssl_error())};
    }
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                           SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    set_versions(context.get(), options);
    set_cipher_suites(context.get(), options.cipher_suites);
    load_certificate(context.get(), options);
    set_client_auth(context.get(), options);
    SSL_CTX_set_alpn_select_cb(context.get(), &choose_protocol, nullptr);
    return std::make_shared<OpenSslContext>(std::move(context), verifies(options.client_auth));
}

} // namespace strata::http
