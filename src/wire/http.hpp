// The fetcher with its guard exchanged, for tests: everything on loopback, judged as if it were the internet.
#pragma once

#include <memory>

#include "wire/address.hpp"
#include "wire/fetch.hpp"

namespace tocsin::wire {

std::unique_ptr<Fetcher> make_fetcher(Identity identity, const Clock& clock, Sleeper& sleeper, Judge judge);

}  // namespace tocsin::wire
