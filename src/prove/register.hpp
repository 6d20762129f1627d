// The register of intelligence that an auditor reads; its columns: docs/json.md.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "exchange/sheet.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// One row an item, the most important first: affected, under investigation, fixed, not affected, each by score.
struct RegisterOptions {
  bool everything = false;  // false: what touches an asset (affected, under investigation, fixed), or was decided
};
// Items that are not in the register, by why.
struct LeftOut {
  std::uint64_t cannot_tell = 0, set_aside = 0, unjudged = 0;
  std::uint64_t all() const { return cannot_tell + set_aside + unjudged; }
};
// `left_out`, where given, is added to.
Result<exchange::Sheet> intelligence_register(store::Reader& reader, const RegisterOptions& options,
                                              LeftOut* left_out = nullptr);

}  // namespace tocsin::prove
