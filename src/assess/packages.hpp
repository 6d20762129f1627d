// Advisories by package: which of them a pin falls under, and the lowest upgrade that is clean of all. For many pins at
// once (scans, `estate check`); one item against the estate goes through assess().
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
  bool fixed = false;              // not affected, and a named fix is at or before the pinned version
  std::string code;                // reason code
  std::string fact;                // "torch 2.1.2+cu118, judged as 2.1.2"
  std::vector<std::string> fixes;  // versions named as fix above the pinned one, lowest first
  std::string last_affected;       // no fix is named, but any version after this one is free of it; "" = not told
};
// All entries of one package in one vulnerability against one pin. `known`: versions that are known to exist, for
// ranges.
PackageVerdict judge_pin(std::span<const versions::AffectedPackage* const> entries, const estate::Pin& pin,
                         std::span<const std::string> known = {});

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

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin::assess
