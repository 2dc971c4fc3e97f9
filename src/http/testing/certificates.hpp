// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "sys/file.hpp"
#include "testing/run_program.hpp"
#include "testing/temp_dir.hpp"

#include <string>
#include <vector>

namespace strata::http::testing {

struct CertificateFiles {
    std::string certificate;
    std::string key;
};

/// Certificates of its own, as PEM files that live as long as this does.
class Certificates {
public:
    /// Signed by itself, for 127.0.0.1; so it is its own authority.
    CertificateFiles create(const std::string& name) const
    {
        const CertificateFiles files = files_of(name);
        openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-days", "2", "-subj", "/O=Strata/CN=" + name, "-addext",
                 "subjectAltName=IP:127.0.0.1", "-keyout", files.key, "-out", files.certificate});
        return files;
    }

    /// Signed by an authority that create() made.
    CertificateFiles create(const std::string& name, const CertificateFiles& authority) const
    {
        const CertificateFiles files = files_of(name);
        const std::string request = (folder_ / (name + ".csr")).string();
        openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 "/O=Strata/CN=" + name, "-keyout", files.key, "-out", request});
        openssl({"x509", "-req", "-in", request, "-days", "2", "-CA", authority.certificate,
                 "-CAkey", authority.key, "-CAcreateserial", "-out", files.certificate});
        return files;
    }

private:
    CertificateFiles files_of(const std::string& name) const
    {
        return {(folder_ / (name + ".pem")).string(), (folder_ / (name + ".key")).string()};
    }
    static void openssl(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), "openssl");
        if (const auto result = strata::testing::run_program(arguments); result.status != 0) {
            throw Error{Errc::internal, result.output};
        }
    }

    strata::testing::TempDir folder_;
};

} // namespace strata::http::testing
