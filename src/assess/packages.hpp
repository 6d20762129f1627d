// Pins against advisories. judge_pin() is what assess() asks of one item; AdvisoryIndex holds many: the cycle asks it for
// the upgrade that is free of all that is known of a package, so that the proposals of several items do not contradict
// each other, and it judges many pins at once (bench/pins, the recorded answers of the tests; `scan deps` will).
//
// Advisories that share an id or alias, transitively, are one vulnerability and give one finding. Withdrawn ones never
// fire: a vulnerability speaks by those of its advisories that are in force.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "estate/estate.hpp"
#include "intel/item.hpp"
#include "versions/osv.hpp"

namespace tocsin::assess {

// One pin against one vulnerability. `cannot_tell` covers advisories that cannot be read and manifest ranges that allow
// both.
struct PackageVerdict {
  versions::Verdict verdict = versions::Verdict::not_affected;
  bool fixed = false;  // not affected, and a named fix is at or before the pinned version
  std::string code;    // reason code
  std::string fact;    // "torch 2.1.2+cu118, judged as 2.1.2"
  // Versions named as fix, above the pinned one and free of it themselves (another range may hold them), lowest first.
  std::vector<std::string> fixes;
  std::string last_affected;   // no fix is named, but any version after this one is free of it; "" = not told
  bool names_versions = true;  // some entry says which versions it is about
  std::string unreadable;      // a version that bounds a range and cannot be compared: what it means nobody can tell
};
// All entries of one package in one vulnerability against one pin. `known`: versions that are known to exist, for
// ranges.
PackageVerdict judge_pin(std::span<const versions::AffectedPackage* const> entries, const estate::Pin& pin,
                         std::span<const std::string> known = {});

// Where to go to be rid of all that is known of a package.
struct Upgrade {
  std::string version;
  bool after = false;    // no version is named that would do; any that comes after this one does
  bool only_it = false;  // later versions are affected again, or may be
};

class AdvisoryIndex {
 public:
  AdvisoryIndex();
  ~AdvisoryIndex();
  AdvisoryIndex(AdvisoryIndex&&) noexcept;
  AdvisoryIndex& operator=(AdvisoryIndex&&) noexcept;

  // `name` is what the finding is called by; ids are the own id and all aliases. A withdrawn advisory only links its
  // ids.
  void add(std::string_view name, std::span<const std::string> ids, std::span<const versions::AffectedPackage> packages,
           bool withdrawn);
  void add(const intel::Item& item);
  void add(const intel::Record& record);
  // Merges aliases and prepares ranges. To be called once, before the questions below.
  void finish();

  std::size_t advisories() const;
  std::size_t vulnerabilities() const;  // groups with at least one advisory in force

  struct Finding {
    std::size_t pin = 0;            // index into the pins asked for
    std::size_t vulnerability = 0;  // group; the same for all pins
    versions::Verdict verdict = versions::Verdict::affected;
    auto operator<=>(const Finding&) const = default;
  };
  // Everything that is not `not_affected`, by pin, then vulnerability. Pins that do not apply (marker) are skipped.
  // Const and thread-safe.
  std::vector<Finding> judge(std::span<const estate::Pin> pins) const;
  std::string_view name(std::size_t vulnerability) const;  // best name of the group
  std::span<const std::string> ids(std::size_t vulnerability) const;
  // The pinned version when no advisory in force touches it; else the lowest final version above it that any of them
  // names and none touches. nullopt: none is known.
  std::optional<std::string> clean_upgrade(const estate::Pin& pin) const;
  // What to go to from a pin that something is wrong with: the lowest version above it, final ones first, that none in
  // force touches; of a manifest's range the lowest from which on nothing that it allows is touched. Not below
  // `at_least`, which is taken as a version that exists. nullopt: nothing is shown to be free of all.
  std::optional<Upgrade> upgrade(const estate::Pin& pin, std::string_view at_least = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::assess
