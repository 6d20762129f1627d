// The register of intelligence that an auditor reads; its columns: docs/json.md.
#pragma once

#include "base/result.hpp"
#include "exchange/sheet.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// One row an item, the most important first: affected, under investigation, fixed, not affected, each by score.
struct RegisterOptions {
  bool everything = false;  // false: what touches an asset (affected, under investigation, fixed), or was decided
};
Result<exchange::Sheet> intelligence_register(store::Reader& reader, const RegisterOptions& options);

}  // namespace tocsin::prove
