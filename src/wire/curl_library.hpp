// The functions of libcurl that we use, loaded at the first call (docs/decisions/0002-libcurl-on-use.md). Private to
// this floor. Include <curl/curl.h> before: it stays out of headers (script/check).
#pragma once

#ifndef CURLINC_CURL_H
#error "include <curl/curl.h> before wire/curl_library.hpp"
#endif

#include "base/result.hpp"

namespace tocsin::wire {

struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
  decltype(&::curl_url) url;
  decltype(&::curl_url_cleanup) url_cleanup;
  decltype(&::curl_url_set) url_set;
  decltype(&::curl_url_get) url_get;
  decltype(&::curl_url_strerror) url_strerror;
  decltype(&::curl_free) free;
};

// Loads and initialises the library once for the process, from any thread; the table lives for ever. `unavailable`,
// with the package to install, when it is missing or too old.
Result<const CurlLibrary*> curl_library();

}  // namespace tocsin::wire
