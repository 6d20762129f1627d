// CVSS 4.0, section 8 of the specification (FIRST, 2023).
//
// Experts ordered 270 groups of vectors ("macro vectors", six equivalence digits) and gave each a score: the table
// below, which is normative. A vector scores its group's value less a part of the way to the next lower group: for each
// digit, the distance in severity steps from the worst vector of the group, over the depth of the group, times the
// difference to the next lower group; the mean of these over the digits that have a lower group.
//
// FIRST's own script does this in binary floating point and rounds some vectors to the wrong side (5.65 to 5.6). Here
// everything is a fraction of integers, and the one rounding (half up, to tenths) is exact.
#include "versions/cvss4.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

namespace tocsin::versions::cvss4 {
namespace {

// In tenths. Rows: digits 1 and 2; then digit 3; within a row digit 4, digit 5, digit 6. Digit 3 = 2 goes only with
// digit 6 = 1, so its rows are half as long.
struct Block {
  std::int8_t high[2][18];
  std::int8_t low[9];
};
constexpr Block kScores[3][2] = {{{{{100, 99, 98, 95, 95, 92, 100, 96, 93, 87, 91, 81, 93, 90, 89, 80, 81, 68},
                                    {98, 95, 95, 92, 90, 84, 93, 92, 89, 81, 81, 65, 88, 80, 78, 70, 69, 48}},
                                   {92, 82, 72, 79, 69, 50, 69, 55, 27}},
                                  {{{99, 97, 95, 92, 92, 85, 95, 91, 90, 83, 84, 71, 92, 81, 82, 71, 72, 53},
                                    {95, 93, 92, 85, 85, 73, 92, 82, 80, 72, 70, 59, 84, 70, 71, 52, 50, 30}},
                                   {86, 75, 52, 71, 52, 29, 63, 29, 17}}},
                                 {{{{98, 95, 94, 87, 91, 81, 94, 89, 86, 74, 77, 64, 87, 75, 74, 63, 63, 49},
                                    {94, 89, 88, 77, 76, 67, 86, 76, 74, 58, 59, 50, 72, 57, 57, 52, 52, 25}},
                                   {83, 70, 54, 65, 58, 26, 53, 21, 13}},
                                  {{{95, 90, 88, 76, 76, 70, 90, 77, 75, 62, 61, 53, 77, 66, 68, 59, 52, 30},
                                    {89, 78, 76, 67, 62, 58, 74, 59, 57, 57, 47, 23, 61, 52, 57, 29, 24, 16}},
                                   {71, 59, 30, 58, 26, 15, 23, 13, 6}}},
                                 {{{{93, 87, 86, 72, 75, 58, 86, 74, 74, 61, 56, 34, 70, 54, 52, 40, 40, 22},
                                    {85, 75, 74, 55, 62, 51, 72, 57, 55, 41, 46, 19, 53, 36, 34, 19, 19, 8}},
                                   {64, 51, 20, 47, 21, 11, 24, 9, 4}},
                                  {{{88, 75, 73, 53, 60, 50, 73, 55, 59, 40, 41, 20, 54, 43, 45, 22, 20, 11},
                                    {75, 55, 58, 45, 40, 21, 61, 51, 48, 18, 20, 9, 46, 18, 17, 7, 8, 2}},
                                   {53, 24, 14, 24, 12, 5, 10, 3, 1}}}};

struct Digits {
  int eq1, eq2, eq3, eq4, eq5, eq6;
};

// The group's score in tenths, or -1 when there is no such group.
int lookup(const Digits& d) {
  if (d.eq1 > 2 || d.eq2 > 1 || d.eq3 > 2 || d.eq4 > 2 || d.eq5 > 2 || d.eq6 > 1) return -1;
  const Block& block = kScores[d.eq1][d.eq2];
  if (d.eq3 == 2) return d.eq6 == 1 ? block.low[d.eq4 * 3 + d.eq5] : -1;
  return block.high[d.eq3][d.eq4 * 6 + d.eq5 * 2 + d.eq6];
}

Digits digits_of(const Levels& v) {
  Digits d{};
  const bool n_av = v[AV] == 0, n_pr = v[PR] == 0, n_ui = v[UI] == 0;
  const bool physical = v[AV] == 3;
  d.eq1 = n_av && n_pr && n_ui ? 0 : (n_av || n_pr || n_ui) && !physical ? 1 : 2;
  d.eq2 = v[AC] == 0 && v[AT] == 0 ? 0 : 1;
  const bool h_vc = v[VC] == 0, h_vi = v[VI] == 0, h_va = v[VA] == 0;
  d.eq3 = h_vc && h_vi ? 0 : h_vc || h_vi || h_va ? 1 : 2;
  d.eq4 = v[SI] == 0 || v[SA] == 0 ? 0 : v[SC] == 1 || v[SI] == 1 || v[SA] == 1 ? 1 : 2;
  d.eq5 = v[E];
  d.eq6 = (h_vc && v[CR] == 0) || (h_vi && v[IR] == 0) || (h_va && v[AR] == 0) ? 0 : 1;
  return d;
}

using Worst = std::array<std::int8_t, 6>;  // levels of a worst vector, in the order of the metrics given with it

// Severity steps from the first of `worst` that is nowhere milder than the vector.
int steps(const Levels& v, std::span<const Metric> metrics, std::initializer_list<Worst> worst) {
  for (const Worst& one : worst) {
    int sum = 0;
    bool milder = false;
    for (std::size_t at = 0; at < metrics.size(); ++at) {
      const int step = v[metrics[at]] - one[at];
      milder = milder || step < 0;
      sum += step;
    }
    if (!milder) return sum;
  }
  return 0;
}

int steps1(const Levels& v, int eq1) {
  constexpr Metric kMetrics1[] = {AV, PR, UI};
  if (eq1 == 0) return steps(v, kMetrics1, {{0, 0, 0}});
  if (eq1 == 1) return steps(v, kMetrics1, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
  return steps(v, kMetrics1, {{3, 0, 0}, {1, 1, 1}});
}
int steps2(const Levels& v, int eq2) {
  constexpr Metric kMetrics2[] = {AC, AT};
  if (eq2 == 0) return steps(v, kMetrics2, {{0, 0}});
  return steps(v, kMetrics2, {{1, 0}, {0, 1}});
}
int steps36(const Levels& v, int eq3, int eq6) {
  constexpr Metric kMetrics36[] = {VC, VI, VA, CR, IR, AR};
  if (eq3 == 0 && eq6 == 0) return steps(v, kMetrics36, {{0, 0, 0, 0, 0, 0}});
  if (eq3 == 0) return steps(v, kMetrics36, {{0, 0, 1, 1, 1, 0}, {0, 0, 0, 1, 1, 1}});
  if (eq3 == 1 && eq6 == 0) return steps(v, kMetrics36, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}});
  if (eq3 == 1)
    return steps(v, kMetrics36,
                 {{1, 0, 1, 0, 1, 0}, {1, 0, 0, 0, 1, 1}, {0, 1, 0, 1, 0, 1}, {0, 1, 1, 1, 0, 0}, {1, 1, 0, 0, 0, 1}});
  return steps(v, kMetrics36, {{1, 1, 1, 0, 0, 0}});
}
int steps4(const Levels& v, int eq4) {
  constexpr Metric kMetrics4[] = {SC, SI, SA};
  if (eq4 == 0) return steps(v, kMetrics4, {{1, 0, 0}});
  if (eq4 == 1) return steps(v, kMetrics4, {{1, 1, 1}});
  return steps(v, kMetrics4, {{2, 2, 2}});
}

// Depth of each group in severity steps (specification, table of maximal distances).
constexpr int kDepth1[3] = {1, 4, 5};
constexpr int kDepth2[2] = {1, 2};
constexpr int kDepth36[3][2] = {{7, 6}, {8, 8}, {10, 10}};
constexpr int kDepth4[3] = {6, 5, 4};
constexpr int kAllDepths = 840;  // divisible by each of them

}  // namespace

int score(const Levels& v) {
  if (v[VC] == 2 && v[VI] == 2 && v[VA] == 2 && v[SC] == 3 && v[SI] == 3 && v[SA] == 3) return 0;
  const Digits d = digits_of(v);
  const int value = lookup(d);

  const auto lower = [&](auto change) {
    Digits next = d;
    change(next);
    return lookup(next);
  };
  const int lower1 = lower([](Digits& n) { ++n.eq1; });
  const int lower2 = lower([](Digits& n) { ++n.eq2; });
  const int lower4 = lower([](Digits& n) { ++n.eq4; });
  const int lower5 = lower([](Digits& n) { ++n.eq5; });
  int lower36 = -1;
  if (d.eq3 == 0 && d.eq6 == 0)
    lower36 = std::max(lower([](Digits& n) { ++n.eq6; }), lower([](Digits& n) { ++n.eq3; }));
  else if (d.eq3 == 1 && d.eq6 == 0)
    lower36 = lower([](Digits& n) { ++n.eq6; });
  else
    lower36 = lower([](Digits& n) { ++n.eq3; });

  int sum = 0;  // in 840ths of a tenth
  int counted = 0;
  const auto count = [&](int next, int distance, int depth) {
    if (next < 0) return;
    ++counted;
    sum += (value - next) * distance * (kAllDepths / depth);
  };
  count(lower1, steps1(v, d.eq1), kDepth1[d.eq1]);
  count(lower2, steps2(v, d.eq2), kDepth2[d.eq2]);
  count(lower36, steps36(v, d.eq3, d.eq6), kDepth36[d.eq3][d.eq6]);
  count(lower4, steps4(v, d.eq4), kDepth4[d.eq4]);
  count(lower5, 0, 1);
  if (counted == 0) return value;

  // value - sum / (840 * counted), half up.
  const int unit = kAllDepths * counted;
  const int scaled = std::max(0, value * unit - sum);
  return std::clamp((2 * scaled + unit) / (2 * unit), 0, 100);
}

}  // namespace tocsin::versions::cvss4
