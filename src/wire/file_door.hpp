// Files through the same door as the web. Private to this floor.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "wire/fetch.hpp"

namespace tocsin::wire {

// Reads one regular file, of at most policy.max_bytes. `path` as people write it; `url` is what Reply::url will be.
Result<Reply> fetch_file(std::string_view path, std::string url, const Validators& known, const Policy& policy);

}  // namespace tocsin::wire
