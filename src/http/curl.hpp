// SPDX-License-Identifier: Apache-2.0
//
// libcurl's functions, found at run time. Only the client's files include this.
#pragma once

#include <curl/curl.h>
#include <memory>

namespace strata::http {

/// The functions of libcurl.so.4, under their own names without the prefix.
struct Curl {
    decltype(&::curl_global_init) global_init;
    decltype(&::curl_easy_init) easy_init;
    decltype(&::curl_easy_setopt) easy_setopt;
    decltype(&::curl_easy_getinfo) easy_getinfo;
    decltype(&::curl_easy_pause) easy_pause;
    decltype(&::curl_easy_reset) easy_reset;
    decltype(&::curl_easy_cleanup) easy_cleanup;
    decltype(&::curl_easy_strerror) easy_strerror;
    decltype(&::curl_multi_init) multi_init;
    decltype(&::curl_multi_add_handle) multi_add_handle;
    decltype(&::curl_multi_remove_handle) multi_remove_handle;
    decltype(&::curl_multi_perform) multi_perform;
    decltype(&::curl_multi_poll) multi_poll;
    decltype(&::curl_multi_info_read) multi_info_read;
    decltype(&::curl_multi_cleanup) multi_cleanup;
    decltype(&::curl_multi_strerror) multi_strerror;
    decltype(&::curl_slist_append) slist_append;
    decltype(&::curl_slist_free_all) slist_free_all;

    /// Loads the library at the first call. Thread-safe. Throws Errc::unsupported when this machine
    /// has none.
    static const Curl& get();
};

struct EasyCleanup {
    void operator()(CURL* handle) const { Curl::get().easy_cleanup(handle); }
};
struct MultiCleanup {
    void operator()(CURLM* handle) const { Curl::get().multi_cleanup(handle); }
};
struct FieldListFree {
    void operator()(curl_slist* list) const { Curl::get().slist_free_all(list); }
};
using FieldListPtr = std::unique_ptr<curl_slist, FieldListFree>;
using EasyHandle = std::unique_ptr<CURL, EasyCleanup>;
using MultiHandle = std::unique_ptr<CURLM, MultiCleanup>;

} // namespace strata::http
