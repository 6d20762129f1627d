// What prose says about versions: "before 2.2.0", "prior to v1.15.4, 2.0.3 and 2.1.2", "up to and including 4.1",
// "versions 1.2 and 1.3".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "versions/osv.hpp"

namespace tocsin::assess {

// Empty when the text names none. Several versions in `before` are the fixes of several branches: a version of one of
// the branches (same first two numbers) is judged by its own, others by the highest.
struct ToldVersions {
  std::vector<std::string> before;   // fixed in: affected below
  std::vector<std::string> through;  // last affected
  std::vector<std::string> exact;
  std::string words;  // as they stand there
  bool empty() const { return before.empty() && through.empty() && exact.empty(); }
};
ToldVersions versions_in(std::string_view text);
versions::Verdict judge_told(const ToldVersions& told, std::string_view ecosystem, std::string_view version);

}  // namespace tocsin::assess
