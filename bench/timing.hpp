// Small tools that all benchmarks share: wall time, medians, the largest memory of this process.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace tocsin::bench {

template <class F>
double seconds(F&& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Spread {
  double least, median, most;
};
inline Spread spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

inline double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

// A goal is printed with what was measured; the exit code says whether all were met.
class Goals {
 public:
  void at_most(const char* what, double measured, double limit, const char* unit) {
    say(what, measured, limit, unit, measured <= limit, "<=");
  }
  void at_least(const char* what, double measured, double limit, const char* unit) {
    say(what, measured, limit, unit, measured >= limit, ">=");
  }
  int exit_code() const { return met_ ? 0 : 1; }

 private:
  void say(const char* what, double measured, double limit, const char* unit, bool met, const char* sign) {
    std::printf("%-56s %10.2f %s   goal %s %.2f   %s\n", what, measured, unit, sign, limit, met ? "met" : "NOT MET");
    met_ = met_ && met;
  }
  bool met_ = true;
};

}  // namespace tocsin::bench
