// SPDX-License-Identifier: Apache-2.0
#include "seeds.hpp"
#include "sys/file.hpp"

#include <fcntl.h>

#include <string_view>

namespace strata::fuzz {
namespace {

void write(const sys::Path& folder, std::string_view name, std::string_view text)
{
    sys::write_all(sys::open_file(folder / name, O_RDWR | O_CREAT | O_TRUNC, 0644), text);
}

} // namespace

void make_http_seeds(const sys::Path& folder)
{
    const sys::Path requests = folder / "http_request_fuzz";
    sys::ensure_folders(requests);
    // The first byte is the size of the pieces.
    write(requests, "get",
          "aGET /v2/a%2Fb/tags/list?n=1&last=x HTTP/1.1\r\nHost: [::1]:5000\r\n"
          "Accept: a/b\r\nAccept: c/d;q=0.5\r\n\r\nGET / HTTP/1.1\r\n");
    write(requests, "put",
          "bPUT http://host/x HTTP/1.1\r\nHost: other\r\nExpect: 100-continue\r\n"
          "Content-Length: 12\r\nConnection: close, x\r\n\r\nhello world\n");
    write(requests, "patch", "cPATCH / HTTP/1.1\r\nhost:\r\nTransfer-Encoding: chunked\r\n\r\n");
    write(requests, "old", "dGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    write(requests, "options", "e\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\nX:\t\r\n\r\n");
    write(requests, "chunks", "f5;a=\"b\"\r\nhello\r\n1 \r\n \r\n000\r\nTrailer: x\r\n\r\nGET");
}

} // namespace strata::fuzz
