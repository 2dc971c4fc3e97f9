// SPDX-License-Identifier: Apache-2.0
#include "http/curl.hpp"

#include "base/error.hpp"

#include <dlfcn.h>

namespace strata::http {
namespace {

template <typename Function>
void find(void* library, const char* name, Function& function)
{
    void* const address = ::dlsym(library, name);
    if (address == nullptr) {
        throw Error{Errc::unsupported,
                    fmt::format("this machine's libcurl is too old: it has no {}", name)};
    }
    function = reinterpret_cast<Function>(address);
}

Curl load()
{
    void* const library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw Error{Errc::unsupported,
                    "fetching a URL needs libcurl, which this machine does not have",
                    "Install it with 'apt-get install libcurl4', or fetch the file yourself."};
    }
    Curl curl{};
    find(library, "curl_global_init", curl.global_init);
    find(library, "curl_easy_init", curl.easy_init);
    find(library, "curl_easy_setopt", curl.easy_setopt);
    find(library, "curl_easy_getinfo", curl.easy_getinfo);
    find(library, "curl_easy_pause", curl.easy_pause);
    find(library, "curl_easy_reset", curl.easy_reset);
    find(library, "curl_easy_cleanup", curl.easy_cleanup);
    find(library, "curl_easy_strerror", curl.easy_strerror);
    find(library, "curl_multi_init", curl.multi_init);
    find(library, "curl_multi_add_handle", curl.multi_add_handle);
    find(library, "curl_multi_remove_handle", curl.multi_remove_handle);
    find(library, "curl_multi_perform", curl.multi_perform);
    find(library, "curl_multi_poll", curl.multi_poll);
    find(library, "curl_multi_info_read", curl.multi_info_read);
    find(library, "curl_multi_cleanup", curl.multi_cleanup);
    find(library, "curl_multi_strerror", curl.multi_strerror);
    find(library, "curl_slist_append", curl.slist_append);
    find(library, "curl_slist_free_all", curl.slist_free_all);
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        throw Error{Errc::unsupported, "libcurl does not start"};
    }
    return curl; // never unloaded: OpenSSL in it has registered handlers for the end of the process
}

} // namespace

const Curl& Curl::get()
{
    static const Curl curl = load();
    return curl;
}

} // namespace strata::http
