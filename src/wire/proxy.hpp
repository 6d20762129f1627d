// Which proxy, if any, stands between us and a URL (docs/wire.md). Private to this floor.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/url.hpp"

namespace tocsin::wire {

// The value of a variable, "" when it is not set.
using Environment = std::function<std::string(std::string_view name)>;
std::string process_environment(std::string_view name);

// "" = none. `setting` is Identity::proxy. `refused` when the proxy is of another kind than those listed there; the
// message never holds it, since a proxy's password may be part of it.
Result<std::string> proxy_for(const Url& url, std::string_view setting, const Environment& environment);

}  // namespace tocsin::wire
