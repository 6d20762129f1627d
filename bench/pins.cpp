// 10,000 pins against all advisories of an OSV archive, warm: at once, by the index, and as assess() asks them, each
// advisory against each pin of its packages, with the upgrade that the cycle proposes. The answers of both are compared
// with the slow, plain rules first.
//   bench_pins PYPI.zip [MORE.zip]
#include <iterator>
#include <map>
#include <set>

#include "assess/packages.hpp"
#include "base/file.hpp"
#include "collect/sources.hpp"
#include "timing.hpp"

using namespace tocsin;

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "bench_pins PYPI.zip [MORE.zip]\n"), 2;
  std::vector<intel::Record> records;
  for (int i = 1; i < argc; ++i) {
    const auto text = read_file(argv[i], 1u << 30);
    if (!text) return std::fprintf(stderr, "%s\n", text.error().message().c_str()), 1;
    collect::Findings findings;  // one a document: parse() starts it anew
    if (const auto parsed = collect::find_source("osv")->parse({argv[i], "", *text}, findings); !parsed)
      return std::fprintf(stderr, "%s\n", parsed.error().message().c_str()), 1;
    std::move(findings.records.begin(), findings.records.end(), std::back_inserter(records));
  }
  assess::AdvisoryIndex index;
  std::map<std::string, std::set<std::string>> versions;
  for (const intel::Record& record : records) {
    index.add(record);
    for (const versions::AffectedPackage& package : record.affects.packages)
      for (const std::string& version : package.versions) versions[package.name].insert(version);
  }
  const double load = bench::seconds([&] { index.finish(); });

  // Pins: packages and versions of the advisories, round and round.
  std::vector<estate::Pin> pins;
  for (std::size_t round = 0; pins.size() < 10'000; ++round) {
    bool any = false;
    for (const auto& [name, known] : versions) {
      if (pins.size() == 10'000) break;
      if (round >= known.size()) continue;
      any = true;
      estate::Pin pin;
      pin.ecosystem = "PyPI";
      pin.name = pin.written = name;
      pin.version = *std::next(known.begin(), static_cast<std::ptrdiff_t>(round));
      pin.specifier = "==" + *pin.version;
      pins.push_back(std::move(pin));
    }
    if (!any) break;
  }
  if (pins.size() != 10'000) return std::fprintf(stderr, "only %zu versions are named\n", pins.size()), 1;
  const auto found = index.judge(pins);
  if (found.empty()) return std::fprintf(stderr, "no pin is affected\n"), 1;
  // As the cycle has them: the advisories of a package, each with its entries for it.
  using Entries = std::vector<const versions::AffectedPackage*>;
  std::map<std::string, std::vector<Entries>> by_package;
  for (const intel::Record& record : records) {
    if (record.withdrawn) continue;
    std::map<std::string, Entries> own;
    for (const versions::AffectedPackage& package : record.affects.packages)
      own[versions::package_key(package.ecosystem, package.name)].push_back(&package);
    for (auto& [name, entries] : own) by_package[name].push_back(std::move(entries));
  }
  const auto judge_each = [&](const estate::Pin& pin) {
    std::size_t affected = 0;
    if (const auto at = by_package.find(versions::package_key(pin.ecosystem, pin.name)); at != by_package.end())
      for (const Entries& entries : at->second)
        affected += assess::judge_pin(entries, pin).verdict == versions::Verdict::affected ? 1 : 0;
    return affected;
  };
  // The plain rules, on every 50th pin: which records apply.
  std::map<std::size_t, std::size_t> fast;
  for (const auto& finding : found)
    if (finding.verdict == versions::Verdict::affected) ++fast[finding.pin];
  for (std::size_t p = 0; p < pins.size(); p += 50) {
    bool affected = false;
    for (const intel::Record& record : records) {
      if (record.withdrawn) continue;
      for (const versions::AffectedPackage& package : record.affects.packages)
        affected =
            affected || (versions::package_key("PyPI", package.name) == versions::package_key("PyPI", pins[p].name) &&
                         versions::affects(package, *pins[p].version));
    }
    if (affected != (fast.find(p) != fast.end()) || affected != (judge_each(pins[p]) > 0))
      return std::fprintf(stderr, "wrong answer for %s %s\n", pins[p].name.c_str(), pins[p].version->c_str()), 1;
  }
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) times.push_back(1000 * bench::seconds([&] { static_cast<void>(index.judge(pins)); }));
  const auto time = bench::spread(times);
  std::printf("%zu advisories, %zu pins, %zu findings; index made in %.2f s; %.1f to %.1f ms\n", records.size(),
              pins.size(), found.size(), load, time.least, time.most);
  std::size_t asked = 0, affected = 0, upgrades = 0;
  for (const estate::Pin& pin : pins)
    if (const auto at = by_package.find(versions::package_key(pin.ecosystem, pin.name)); at != by_package.end())
      asked += at->second.size();
  const double each = bench::seconds([&] {
    for (const estate::Pin& pin : pins) affected += judge_each(pin);
  });
  const double proposals = bench::seconds([&] {
    for (const estate::Pin& pin : pins) upgrades += index.upgrade(pin) ? 1 : 0;
  });
  std::printf(
      "one by one, as assess() asks: %zu questions, %zu affected, %.1f us each; %zu upgrades of %zu, %.1f us each\n",
      asked, affected, 1e6 * each / static_cast<double>(asked), upgrades, pins.size(),
      1e6 * proposals / static_cast<double>(pins.size()));
  bench::Goals goals;
  goals.at_most("10,000 pins against all advisories, median of 9", time.median, 50, "ms");
  return goals.exit_code();
}
