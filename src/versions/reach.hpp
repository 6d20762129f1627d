// Whether what a manifest allows can meet the versions that an advisory is about. That none of the versions somebody
// listed is affected proves nothing: which versions exist is never wholly known. So before a manifest's range is told to
// be safe, it must be shown to stay clear of the advisory's windows on the number line of PEP 440.
#pragma once

#include <span>

#include "versions/osv.hpp"
#include "versions/specifiers.hpp"

namespace tocsin::versions {

// False only when no version that the set allows can lie in one of the windows (of the PEP 440 scheme: keys of another
// one mean nothing here). Wide: post-releases that `>` leaves out and pre-releases that nobody asked for count as allowed,
// and `===` may be anything.
bool may_reach(std::span<const PreparedAffected::Window> windows, const SpecifierSet& allowed);

}  // namespace tocsin::versions
