// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "http/server.hpp"
#include "http/testing/certificates.hpp"
#include "http/testing/test_server.hpp"
#include "sys/file.hpp"
#include "sys/signals.hpp"
#include "testing/errors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <fcntl.h>

#include <memory>

namespace strata::http {
namespace {

using std::chrono::milliseconds;
using strata::testing::FailsWith;
using strata::testing::TempDir;
using testing::CertificateFiles;
using testing::Certificates;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::RawClient;
using testing::TestHandler;
using testing::TestServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

struct TlsClientOptions {
    std::string ca{};
    CertificateFiles own{};
    int newest = TLS1_3_VERSION;
    std::string ciphers{};
};

/// A client that says one thing and reads until the server ends the connection. Every failure is an
/// empty answer.
class TlsClient {
public:
    TlsClient(const std::string& address, const TlsClientOptions& options)
        : connection_{address}
        , context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free}
        , ssl_{nullptr, &SSL_free}
    {
        SSL_CTX_set_max_proto_version(context_.get(), options.newest);
        SSL_CTX_set_security_level(context_.get(), 0);
        if (!options.ciphers.empty()) {
            SSL_CTX_set_cipher_list(context_.get(), options.ciphers.c_str());
        }
        if (!options.ca.empty()) {
            SSL_CTX_load_verify_file(context_.get(), options.ca.c_str());
            SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        }
        if (!options.own.key.empty()) {
            SSL_CTX_use_certificate_chain_file(context_.get(), options.own.certificate.c_str());
            SSL_CTX_use_PrivateKey_file(context_.get(), options.own.key.c_str(), SSL_FILETYPE_PEM);
        }
        static constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
        SSL_CTX_set_alpn_protos(context_.get(), kProtocols, sizeof kProtocols - 1);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), connection_.socket().get());
        connected_ = SSL_connect(ssl_.get()) == 1;
    }

    std::string ask(std::string_view request)
    {
        std::string answer;
        if (!connected_ ||
            SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) <= 0) {
            return answer;
        }
        std::string piece(16 << 10, '\0');
        for (int got = 0;
             (got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()))) > 0;) {
            answer.append(piece, 0, static_cast<std::size_t>(got));
        }
        return answer;
    }

    std::string protocol() const
    {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    bool connected() const { return connected_; }

private:
    RawClient connection_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
    bool connected_ = false;
};

class Tls : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        sys::ignore_broken_pipes(); // of the clients
        certificates = new Certificates;
        server_files = certificates->create("server");
        authority = certificates->create("authority");
        client_files = certificates->create("client", authority);
    }
    static void TearDownTestSuite() { delete certificates; }

    static ServerOptions with_tls(TlsOptions tls = {})
    {
        if (tls.certificate.empty()) {
            tls.certificate = server_files.certificate;
            tls.key = server_files.key;
        }
        ServerOptions options;
        options.tls = std::move(tls);
        return options;
    }

    Tls()
    {
        handler.at_once = [](const Request& request) {
            Response response;
            response.body = "secure " + std::to_string(request.peer().secure) + " '" +
                            request.peer().certificate + "'";
            return response;
        };
    }

    std::string ask(const TestServer& server, const TlsClientOptions& options = {})
    {
        return TlsClient{server.server.address(), options}.ask(kGet);
    }

    static inline Certificates* certificates = nullptr;
    static inline CertificateFiles server_files;
    static inline CertificateFiles authority;
    static inline CertificateFiles client_files;
    TestHandler handler;
};

TEST_F(Tls, answers_whoever_trusts_it)
{
    const TestServer server{handler, with_tls()};
    TlsClient client{server.server.address(), {.ca = server_files.certificate}};

    EXPECT_THAT(client.ask(kGet), EndsWith("secure 1 ''"));
    EXPECT_EQ(client.protocol(), "http/1.1");
    EXPECT_EQ(ask(server, {.ca = authority.certificate}), "");
    EXPECT_THAT(ask(server), EndsWith("secure 1 ''")); // others are not disturbed
}

TEST_F(Tls, carries_bodies_both_ways)
{
    std::string bytes(3 << 20, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<char>('a' + i * i % 23);
    }
    const TempDir folder;
    sys::write_all(sys::open_file(folder / "file", O_CREAT | O_WRONLY, 0600), bytes);
    handler.at_once = [](const Request&) { return std::nullopt; };
    handler.work = [&](const Request& request, Body& body) {
        Response response;
        if (request.path() == "/echo") {
            response.body = io::read_all(body, 16 << 20);
        } else {
            response.body = FileRange{
                std::make_shared<const sys::Fd>(sys::open_file(folder / "file", O_RDONLY)), 0,
                bytes.size()};
        }
        return response;
    };
    const TestServer server{handler, with_tls()};

    EXPECT_TRUE(ask(server).ends_with("\r\n\r\n" + bytes));
    TlsClient client{server.server.address(), {}};
    const std::string echoed =
        client.ask("PUT /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
                   std::to_string(bytes.size()) + "\r\n\r\n" + bytes);
    EXPECT_TRUE(echoed.ends_with("\r\n\r\n" + bytes));
}

TEST_F(Tls, knows_clients_by_their_certificates)
{
    const TestServer server{handler, with_tls({.client_cas = {authority.certificate}})};

    EXPECT_THAT(ask(server, {.own = client_files}), EndsWith("secure 1 'CN=client,O=Strata'"));
    EXPECT_EQ(ask(server), "");
    EXPECT_EQ(ask(server, {.own = server_files}), ""); // nobody vouches for it
}

TEST_F(Tls, client_certificates_may_be_voluntary)
{
    const TestServer server{handler,
                            with_tls({.client_cas = {authority.certificate},
                                      .client_auth = TlsOptions::ClientAuth::verify_if_given})};

    EXPECT_THAT(ask(server, {.own = client_files}), EndsWith("'CN=client,O=Strata'"));
    EXPECT_THAT(ask(server), EndsWith("''"));
    EXPECT_EQ(ask(server, {.own = server_files}), "");
}

TEST_F(Tls, an_unverified_certificate_is_no_name)
{
    const TestServer server{handler,
                            with_tls({.client_cas = {authority.certificate},
                                      .client_auth = TlsOptions::ClientAuth::require_any})};

    EXPECT_THAT(ask(server, {.own = server_files}), EndsWith("secure 1 ''"));
    EXPECT_EQ(ask(server), "");
}

TEST_F(Tls, refuses_versions_and_ciphers_below_its_minimum)
{
    const TestServer modern{handler, with_tls({.minimum = TlsOptions::Minimum::tls_1_3})};
    EXPECT_EQ(ask(modern, {.newest = TLS1_2_VERSION}), "");
    EXPECT_NE(ask(modern), "");

    const TestServer normal{handler, with_tls({.cipher_suites = {"ECDHE-ECDSA-AES256-GCM-SHA384",
                                                                 "TLS_CHACHA20_POLY1305_SHA256"}})};
    EXPECT_EQ(ask(normal, {.newest = TLS1_1_VERSION}), "");
    EXPECT_NE(ask(normal, {.newest = TLS1_2_VERSION}), "");
    EXPECT_EQ(ask(normal, {.newest = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}),
              "");

    const TestServer old{handler, with_tls({.minimum = TlsOptions::Minimum::tls_1_0})};
    EXPECT_NE(ask(old, {.newest = TLS1_VERSION}), "");
}

TEST_F(Tls, a_new_certificate_is_for_the_connections_to_come)
{
    const TempDir folder;
    const TlsOptions options{.certificate = (folder / "cert.pem").string(),
                             .key = (folder / "key.pem").string()};
    const auto install = [&](const CertificateFiles& files) {
        sys::write_all(sys::open_file(options.certificate, O_CREAT | O_WRONLY | O_TRUNC, 0600),
                       sys::read_small_file(sys::Path{files.certificate}));
        sys::write_all(sys::open_file(options.key, O_CREAT | O_WRONLY | O_TRUNC, 0600),
                       sys::read_small_file(sys::Path{files.key}));
    };
    install(server_files);
    TestServer server{handler, with_tls(options)};
    TlsClient before{server.server.address(), {.ca = server_files.certificate}};
    const CertificateFiles fresh = certificates->create("fresh");

    install({fresh.certificate, server_files.key});
    EXPECT_THAT([&] { server.server.reload_tls(); }, FailsWith(Errc::invalid_argument));
    EXPECT_NE(ask(server, {.ca = server_files.certificate}), ""); // the old one stays
    install(fresh);
    server.server.reload_tls();

    EXPECT_NE(ask(server, {.ca = fresh.certificate}), "");
    EXPECT_EQ(ask(server, {.ca = server_files.certificate}), "");
    EXPECT_NE(before.ask(kGet), "");
}

TEST_F(Tls, says_what_is_wrong_with_its_files)
{
    const auto make = [&](const TlsOptions& tls) {
        ServerOptions options = testing::on_loopback(with_tls(tls));
        const Server server{options, handler};
    };
    const std::string& certificate = server_files.certificate;
    const std::string& key = server_files.key;

    EXPECT_THAT([&] { make({.certificate = "/none", .key = key}); },
                FailsWith(Errc::not_found, HasSubstr("/none")));
    EXPECT_THAT([&] { make({.certificate = key, .key = key}); },
                FailsWith(Errc::invalid_argument, HasSubstr("no certificate")));
    EXPECT_THAT([&] { make({.certificate = certificate, .key = certificate}); },
                FailsWith(Errc::invalid_argument, HasSubstr("no key")));
    EXPECT_THAT([&] { make({.certificate = certificate, .key = authority.key}); },
                FailsWith(Errc::invalid_argument));
    EXPECT_THAT([&] { make({.certificate = certificate}); },
                FailsWith(Errc::invalid_argument, HasSubstr("key")));
    EXPECT_THAT([&] { make({.certificate = certificate, .key = key, .client_cas = {"/none"}}); },
                FailsWith(Errc::not_found));
    EXPECT_THAT(
        [&] { make({.certificate = certificate, .key = key, .cipher_suites = {"NO-SUCH"}}); },
        FailsWith(Errc::invalid_argument, HasSubstr("NO-SUCH")));
}

TEST_F(Tls, a_client_without_it_is_told)
{
    const TestServer server{handler, with_tls()};

    const auto response = server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(response.complete);
    EXPECT_THAT(response.body, HasSubstr("https"));
}

TEST_F(Tls, a_handshake_that_does_not_come_ends_the_connection)
{
    ServerOptions options = with_tls();
    options.header_timeout = milliseconds{50};
    const TestServer server{handler, options};
    RawClient silent = server.connect();
    RawClient slow = server.connect();

    slow.send("\x16\x03\x01");

    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(slow.is_closed());
}

TEST_F(Tls, garbage_ends_the_connection)
{
    const TestServer server{handler, with_tls()};
    RawClient client = server.connect();

    client.send(std::string(2000, '\xff'));
    client.finish_sending();

    client.read_to_end();
    EXPECT_EQ(handler.paths().size(), 0U);
    EXPECT_NE(ask(server), "");
}

} // namespace
} // namespace strata::http
