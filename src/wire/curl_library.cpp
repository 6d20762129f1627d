// libcurl.so.4 pulls in some thirty libraries; a program linked with it starts some 20 ms later, whether it fetches or
// not. So it is opened at the first http request. Compiled against <curl/curl.h>, so that the types of the table are
// those of the library; it is never closed.
#include <curl/curl.h>
#include <dlfcn.h>

#include <string>

#include "base/foreign.hpp"
#include "wire/curl_library.hpp"

namespace tocsin::wire {
namespace {

constexpr unsigned kOldest = 0x075500;  // 7.85.0: CURLOPT_PROTOCOLS_STR

template <class Function>
bool bind(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<CurlLibrary> load() {
  void* library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    return fail(Code::unavailable, "http needs libcurl: install the Debian package libcurl4 (" +
                                       printable(why != nullptr ? why : "libcurl.so.4 does not load") + ")");
  }
  CurlLibrary curl{};
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_version_info) version_info = nullptr;
  const bool all =
      bind(library, "curl_global_init", global_init) && bind(library, "curl_version_info", version_info) &&
      bind(library, "curl_easy_init", curl.easy_init) && bind(library, "curl_easy_setopt", curl.easy_setopt) &&
      bind(library, "curl_easy_perform", curl.easy_perform) && bind(library, "curl_easy_getinfo", curl.easy_getinfo) &&
      bind(library, "curl_easy_reset", curl.easy_reset) && bind(library, "curl_easy_cleanup", curl.easy_cleanup) &&
      bind(library, "curl_easy_strerror", curl.easy_strerror) &&
      bind(library, "curl_slist_append", curl.slist_append) &&
      bind(library, "curl_slist_free_all", curl.slist_free_all) && bind(library, "curl_url", curl.url) &&
      bind(library, "curl_url_cleanup", curl.url_cleanup) && bind(library, "curl_url_set", curl.url_set) &&
      bind(library, "curl_url_get", curl.url_get) && bind(library, "curl_url_strerror", curl.url_strerror) &&
      bind(library, "curl_free", curl.free);
  if (!all || version_info(CURLVERSION_NOW)->version_num < kOldest)
    return fail(Code::unavailable, "http needs libcurl 7.85 or newer: install the Debian package libcurl4");
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(Code::unavailable, "libcurl does not start");
  return curl;
}

}  // namespace

Result<const CurlLibrary*> curl_library() {
  static const Result<CurlLibrary> library = load();
  if (!library) return tl::make_unexpected(library.error());
  return &*library;
}

}  // namespace tocsin::wire
