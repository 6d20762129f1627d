// Our items as STIX 2.1, with the times of their records.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

struct StixExport {
  std::string bundle;
  std::uint64_t items = 0;
};
// Items that match, in order of their ids. Byte-identical while nothing that is exported changes.
Result<StixExport> export_stix(store::Reader& reader, const store::ItemFilter& filter, const std::string& organisation);

// The foreign objects of a source (empty: of all) as they came, in one bundle. Nothing is checked or changed;
// conflicting versions are all there.
Result<StixExport> export_raw(store::Reader& reader, const std::string& source);

}  // namespace tocsin::prove
