// The nouns of the answer: does an item apply to an asset, why, and what was decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "intel/words.hpp"

namespace tocsin::judgement {

// The words of VEX.
enum class Status : std::uint8_t { affected, under_investigation, fixed, not_affected };
std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view word);

// One reason, naming the fact on both sides. Sentences are made from code and facts when shown, so that reasons can
// be compared.
struct Reason {
  // Of the table in docs/reasons.md: "package-version-affected", "lineage-shared", "modality-missing" …
  std::string code;
  std::string item_fact;   // "names GPT-style decoder-only models"
  std::string asset_fact;  // "support-bot is built on Llama-3-8B"
  // The lineage or file that ties them: "llama-3 → decoder-only-transformer ← gpt"; may be empty.
  std::string path;
  bool operator==(const Reason&) const = default;
};

enum class ActionKind : std::uint8_t { fix, test, filter, block, gate, inform, accept };
std::string_view to_string(ActionKind kind);
std::optional<ActionKind> parse_action_kind(std::string_view word);

struct Assessment {
  Uuid item;
  std::string asset;  // name; for not_affected: the class ("models", "vision models", "all")
  Status status = Status::under_investigation;
  int score = 0;  // 0..100: how much it deserves attention now
  std::vector<Reason> reasons;
  std::optional<ActionKind> proposed;
  std::string proposal;  // what to do, one sentence: "upgrade torch to 2.6.0 (requirements.txt:4)"
  // Of the package that the proposal is about, as store::package_of() writes it, "PyPI/torch"; "" when it is about none.
  std::string package;
  std::vector<std::string> fixed_in;  // versions that the item names as its fix, above the one in use; lowest first
};
// The assessment as a line of Basis::statuses: asset, status word, codes of the reasons (sorted, each once, a comma
// between).
std::string status_line(const Assessment& assessment);
// Keys, always all: item (UUID), asset, status, score, reasons [{code, item, asset, path}], proposed (null when
// none), proposal, package, fixed_in.
Json to_json(const Assessment& assessment);
// Reads our own rows: an error means a damaged store. Absent is fine except item and status.
Result<Assessment> assessment_from_json(const Json& body);

enum class Verdict : std::uint8_t { act, watch, inform, not_relevant, duplicate, defer };
std::string_view to_string(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view word);  // also with hyphens

// What a decision rested on: when the recomputed basis differs, the decision re-opens and shows the difference.
struct Basis {
  std::vector<std::string> statuses;  // "support-bot affected lineage-shared,exposure-met", sorted
  std::vector<std::string> records;   // digests (hex) of the item's records, sorted
  std::string estate;                 // digest of the assets in scope
  std::string knowledge;              // version: shown, not compared (a change of knowledge shows as changed statuses)
  bool same(const Basis& other) const {
    return statuses == other.statuses && records == other.records && estate == other.estate;
  }
  // What changed from this basis to `now`, a sentence each, without full stop; empty when same(now). Sentences hold
  // names of assets, codes and digests, no text from outside.
  std::vector<std::string> difference(const Basis& now) const;
};
// Keys: statuses, records, estate, knowledge.
Json to_json(const Basis& basis);
Result<Basis> basis_from_json(const Json& body);

struct Decision {
  Uuid id;
  Uuid item;
  std::vector<std::string> scope;  // asset names, sorted; empty = all
  Verdict verdict = Verdict::watch;
  Foreign rationale;  // required
  std::string by;     // person of tocsin.toml, or "rule:NAME@VERSION"
  Time at;
  std::optional<Time> until;  // of defer
  std::optional<Uuid> duplicate_of;
  Basis basis;
};

struct Action {
  Uuid id;
  Uuid decision;
  Uuid item;
  ActionKind kind = ActionKind::test;
  Foreign what;
  std::string owner;
  std::optional<Time> due;
  std::string state = "open";
  Time created;
};

}  // namespace tocsin::judgement
