// Reading lockfiles that a test writes out.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "estate/lockfiles.hpp"

namespace tocsin::estate {

using Files = std::map<std::string, std::string, std::less<>>;

// What reading it told, a line each.
inline std::string messages(const Lockfile& lockfile) {
  std::string out;
  for (const Error& error : lockfile.problems) out += error.message() + "\n";
  return out;
}

}  // namespace tocsin::estate
