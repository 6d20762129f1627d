// Where an advisory's ranges reach beyond the versions that anybody lists. "No known version is affected" proves nothing
// there: the versions that exist are not known. So before a manifest's range is told to be safe, it must be shown to stay
// clear of such windows on the number line of PEP 440.
#pragma once

#include <vector>

#include "versions/osv.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::versions {

class UnlistedWindows {
 public:
  // Windows of the entry's ranges in which none of its listed versions lies. Of the PEP 440 scheme; others add nothing.
  void add(const AffectedPackage& package);
  bool empty() const { return windows_.empty(); }
  // False only when no version that the set allows can lie in one of them. Wide: what `!=` takes out is not looked at, and
  // `===` may be anything.
  bool may_reach(const SpecifierSet& allowed) const;

 private:
  std::vector<PreparedAffected::Window> windows_;
};

}  // namespace tocsin::versions
