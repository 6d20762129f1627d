// The registers that an auditor reads: intelligence (docs/json.md, columns of D5) and sources.
#pragma once

#include "base/result.hpp"
#include "exchange/sheet.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// One row an item: every item, or only those decided or in force of attention (`open_and_decided`).
struct RegisterOptions {
  bool everything = false;  // false: affected, under investigation, or decided
};
Result<exchange::Sheet> intelligence_register(store::Reader& reader, const RegisterOptions& options);

}  // namespace tocsin::prove
