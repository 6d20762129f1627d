// Judging what is in the store against the estate, no more of it than has to be: new and changed items, and what a
// changed asset can touch. The judging itself is the floor assess; this is the bookkeeping.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "cycle/workspace.hpp"

namespace tocsin::cycle {

struct AssessReport {
  std::uint64_t judged = 0;           // items looked at
  std::uint64_t changed = 0;          // whose answer differs
  std::uint64_t revised = 0;          // others, whose proposal is another one by what is now known of its package
  std::string why;                    // "all: the first time", "3 new or changed items", "changed assets: support-bot"
  std::vector<std::string> reopened;  // names of items whose decision re-opened
};

// Records changed files of the workspace first. `everything` judges all items again.
Result<AssessReport> assess(Workspace& workspace, bool everything, Progress& progress);

// The class verdicts by which nobody can tell of this asset.
store::ItemFilter::Untold untold(const estate::Asset& asset);

// The basis of a decision for an item and scope (asset names; empty = all) as it is now.
Result<judgement::Basis> basis_of(Workspace& workspace, const store::ItemRow& item,
                                  const std::vector<std::string>& scope);

struct NewDecision {
  Uuid item;
  std::vector<std::string> scope;
  judgement::Verdict verdict = judgement::Verdict::watch;
  Foreign rationale;
  std::string by;
  std::optional<Time> until;
  std::optional<Uuid> duplicate_of;
  // For `act`, from which an action follows; what is not told is as the assessments in scope propose it.
  std::optional<judgement::ActionKind> action;  // else what is proposed, else a test
  Foreign what;                                 // else the proposals of that kind, else the item's title
  std::string owner;                            // else `by`
  std::optional<Time> due;
};
struct Decided {
  judgement::Decision decision;
  std::optional<judgement::Action> action;
  std::vector<std::string> untouched;     // assets in scope that the item does not touch
  std::vector<judgement::Action> closed;  // open ones of the decisions that this one takes the place of: superseded
};
// `unavailable` when `by` or the owner is nobody of tocsin.toml, or the scope names no asset of the estate; the error
// says who and what there is.
Result<> check_names(Workspace& workspace, const NewDecision& decision);
// The same, and `refused` when the rationale is empty, a defer has no date, a date has passed, or there is an action
// without `act`.
Result<Decided> decide(Workspace& workspace, const NewDecision& decision);

}  // namespace tocsin::cycle
