#include "cli/views.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "cli/nearest.hpp"
#include "cycle/assess.hpp"
#include "cycle/sources.hpp"
#include "prove/views.hpp"

namespace tocsin::cli {
namespace {

std::string layer_letters(const store::ItemRow& row) {
  std::string out;
  if (!row.judged) return out;
  for (std::string_view word : row.judged->layers.words()) out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

std::string decision_word(const store::ItemRow& row) {
  if (!row.verdict) return "";
  std::string word(judgement::to_string(*row.verdict));
  if (row.decision_state == store::DecisionState::reopened) word += " (re-opened)";
  if (row.decision_state == store::DecisionState::expired) word += " (expired)";
  return word;
}

std::string date(const std::optional<Time>& time) {
  return time ? to_date(*time) : "";
}

Paint status_paint(const std::optional<judgement::Status>& status) {
  if (!status) return Paint::none;
  switch (*status) {
    case judgement::Status::affected:
      return Paint::red;
    case judgement::Status::under_investigation:
      return Paint::yellow;
    case judgement::Status::fixed:
      return Paint::green;
    case judgement::Status::not_affected:
      return Paint::dim;
  }
  return Paint::none;
}

void field(Context& context, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  constexpr std::size_t kIndent = 12;
  const auto lines = wrap(value, context.width > kIndent + 20 ? context.width - kIndent : 20);
  std::string head(name);
  head.resize(kIndent, ' ');
  context.line(painted(context, Paint::dim, head) + lines[0]);
  for (std::size_t i = 1; i < lines.size(); ++i) context.line(std::string(kIndent, ' ') + lines[i]);
}

}  // namespace

std::string status_word(const Context& context, judgement::Status status) {
  return painted(context, status_paint(status), replace_all(judgement::to_string(status), "_", " "));
}

List item_list(const Context& context, const std::vector<store::ItemRow>& rows, const store::ItemFilter& filter) {
  List list;
  list.name = "items";
  list.columns = {
      {"id", 19, true},  // a GHSA id; the URLs of feeds go on in the next line
      {"score"},          {"status"}, {"severity", 0, false, true}, {"layers", 0, false, true}, {"decision", 12, true},
      {"title", 26, true}};
  list.csv = {"id",    "title",  "kind",       "layers", "sources",  "published",  "modified",   "severity",
              "score", "status", "techniques", "uuid",   "decision", "decided_by", "decided_at", "decision_state"};
  list.empty = "no items match";
  for (const store::ItemRow& row : rows) {
    std::optional<judgement::Status> status = row.judged ? row.judged->status : std::nullopt;
    std::string score = row.judged ? std::to_string(row.judged->score) : "";
    bool own = filter.asset.empty();
    for (const judgement::Assessment& assessment : row.assessments)
      if (!filter.asset.empty() && assessment.asset == filter.asset) {
        own = true;
        status = assessment.status;
        score = std::to_string(assessment.score);
      }
    // An asset without a row that is listed as not affected is so; the score may be that of others.
    if (!own && filter.status == judgement::Status::not_affected && status != judgement::Status::not_affected) {
      status = judgement::Status::not_affected;
      score.clear();
    }
    Row out;
    out.cells = {printable(row.name, 60),
                 score,
                 status                     ? replace_all(judgement::to_string(*status), "_", " ")
                 : row.judged && !row.stale ? "cannot tell"
                                            : "",
                 row.severity == intel::Severity::unknown ? "" : std::string(intel::to_string(row.severity)),
                 layer_letters(row),
                 decision_word(row),
                 row.title.terminal()};
    out.paint = status_paint(status);
    out.object = prove::item_view(row);
    if (context.format == Format::csv) {  // one cell each
      const Json decision = out.object["decision"];
      out.object.set("decision", decision["verdict"]);
      out.object.set("decided_by", decision["by"]);
      out.object.set("decided_at", decision["at"]);
      out.object.set("decision_state", decision["state"]);
    }
    list.rows.push_back(std::move(out));
  }
  return list;
}

void print_item(Context& context, const store::ItemRow& row, const std::vector<store::RecordRow>& records,
                const std::vector<judgement::Action>& actions) {
  print_labelled(context, Paint::bold, printable(row.name) + " ", row.title.terminal());
  context.line();
  field(context, "kind",
        std::string(intel::to_string(row.kind)) + (layer_letters(row).empty() ? "" : ", " + layer_letters(row)));
  if (row.severity != intel::Severity::unknown || !row.item->cvss.empty())
    field(
        context, "severity",
        std::string(intel::to_string(row.severity)) + (row.item->cvss.empty() ? "" : ", " + printable(row.item->cvss)));
  field(context, "dates",
        "published " + (row.published ? date(row.published) : "unknown") +
            (row.modified ? ", modified " + date(row.modified) : "") +
            (row.withdrawn ? ", withdrawn " + date(row.withdrawn) : ""));
  std::string names;
  for (const intel::Id& id : row.item->ids)
    if (id.value != row.name) names += (names.empty() ? "" : ", ") + printable(id.value, 120);
  field(context, "also", names);
  std::string techniques;
  for (const std::string& technique : row.item->techniques)
    techniques += (techniques.empty() ? "" : ", ") + printable(technique, 40);
  field(context, "techniques", techniques);
  if (row.contested)
    field(context, "identity",
          "contested: its aliases join items that each have a CVE of their own; `tocsin item merge` or `item split` "
          "decides");

  context.line();
  if (row.assessments.empty() && row.classes.empty())
    context.line(row.judged ? "Nothing in the estate to judge it against" : "Not judged yet: `tocsin assess`");
  for (const judgement::Assessment& assessment : row.assessments) {
    context.line(painted(context, status_paint(assessment.status),
                         replace_all(judgement::to_string(assessment.status), "_", " ")) +
                 "  " + painted(context, Paint::bold, printable(assessment.asset)) + "  score " +
                 std::to_string(assessment.score));
    for (const judgement::Reason& reason : assessment.reasons)
      print_labelled(context, Paint::none, "    -", printable(prove::sentence(reason), 600));
    if (!assessment.proposal.empty())
      print_labelled(context, Paint::cyan, "    →",
                     std::string(assessment.proposed ? judgement::to_string(*assessment.proposed) : "") + ": " +
                         printable(assessment.proposal, 600));
  }
  for (const bool told : {false, true}) {
    bool first = true;
    for (const store::ClassVerdict& verdict : row.classes) {
      if (prove::is_answer(verdict) != told) continue;
      if (std::exchange(first, false))
        context.line(told ? painted(context, Paint::dim, "set aside for")
                          : painted(context, Paint::yellow, "cannot tell"));
      print_block(context, printable(prove::sentence(verdict), 400), 4);
    }
  }
  if (!row.decisions.empty()) {
    context.line();
    for (const store::DecisionRow& decision : row.decisions) {
      std::string scope;
      for (const std::string& asset : decision.decision.scope) scope += (scope.empty() ? "" : ", ") + printable(asset);
      print_labelled(context, Paint::bold, "decided",
                     std::string(judgement::to_string(decision.decision.verdict)) + " for " +
                         (scope.empty() ? "all assets" : scope) + " by " + printable(decision.decision.by) + " on " +
                         to_date(decision.decision.at) +
                         (decision.decision.until ? ", until " + to_date(*decision.decision.until) : "") +
                         (decision.state == store::DecisionState::in_force
                              ? ""
                              : " [" + replace_all(store::to_string(decision.state), "_", " ") + "]"));
      print_block(context, decision.decision.rationale.terminal_block(), 4);
      for (const std::string& line : decision.difference)
        print_block(context, "since then: " + printable(line, 400), 4);
    }
  }
  for (const judgement::Action& action : actions)
    print_labelled(context, Paint::bold, "action",
                   std::string(judgement::to_string(action.kind)) + ": " + action.what.terminal() + " (" +
                       printable(action.owner) + (action.due ? ", due " + to_date(*action.due) : "") + ", " +
                       action.state + ")");
  if (!row.item->summary.empty()) {
    context.line();
    print_block(context, row.item->summary.terminal_block(), 0);
  }
  if (!row.item->references.empty()) {
    context.line();
    context.line(painted(context, Paint::bold, "references"));
    for (std::size_t i = 0; i < row.item->references.size() && i < 12; ++i)
      context.line("  " + printable(row.item->references[i].url, 400));
    if (row.item->references.size() > 12)
      context.line("  and " + std::to_string(row.item->references.size() - 12) + " more (--format json)");
  }
  if (!records.empty()) {
    context.line();
    context.line(painted(context, Paint::bold, "said by"));
    for (const store::RecordRow& record : records)
      print_labelled(context, Paint::none, "  " + printable(record.record.source) + " ",
                     printable(record.record.external_id) +
                         (record.shipped() ? ", as it ships with tocsin and in its words; kept " : ", retrieved ") +
                         to_date(record.record.retrieved) + ", sha256 " + record.record.digest.short_hex());
  }
  context.line();
  context.line(painted(context, Paint::dim, row.id.text()));
}

Exit print_reports(Context& context, const std::vector<cycle::CollectReport>& reports) {
  List list;
  list.name = "sources";
  list.columns = {{"source"},           {"new"}, {"changed"}, {"unchanged"}, {"rejected"}, {"items", 12, true},
                  {"outcome", 20, true}};
  list.csv = {"source", "outcome", "new", "changed", "reparsed", "unchanged", "rejected", "error"};
  bool failed = false;
  for (const cycle::CollectReport& report : reports) {
    const bool ok = report.outcome == store::Outcome::complete;
    failed = failed || !ok;
    Row row;
    const auto& c = report.counts;
    const std::uint64_t objects = c.objects_added + c.objects_changed + c.objects_unchanged + c.objects_conflict;
    std::string items = std::to_string(report.folding.added.size()) + " new";
    if (!report.folding.merges.empty()) items += ", " + std::to_string(report.folding.merges.size()) + " joined";
    if (!report.folding.splits.empty()) items += ", " + std::to_string(report.folding.splits.size()) + " parted";
    row.cells = {printable(report.source),
                 std::to_string(c.added),
                 std::to_string(c.changed + c.reparsed),
                 std::to_string(c.unchanged + c.repeated),
                 std::to_string(c.rejected),
                 items,
                 ok ? "ok" : std::string(store::to_string(report.outcome))};  // why: below, where a URL has room
    row.paint = ok ? Paint::green : Paint::red;
    Json object = Json::object(
        {{"source", report.source}, {"outcome", store::to_string(report.outcome)}, {"error", report.error}});
    object.set("documents", static_cast<std::int64_t>(report.documents));
    object.set("not_modified", static_cast<std::int64_t>(report.not_modified));
    object.set("entries", c.entries);
    object.set("new", c.added);
    object.set("changed", c.changed);
    object.set("reparsed", c.reparsed);
    object.set("unchanged", c.unchanged);
    object.set("repeated", c.repeated);
    object.set("rejected", c.rejected);
    object.set("objects", Json::object({{"new", c.objects_added},
                                        {"changed", c.objects_changed},
                                        {"unchanged", c.objects_unchanged},
                                        {"conflict", c.objects_conflict}}));
    object.set("items", prove::folding_view(report.folding));
    Json rejects = Json::array();
    for (const store::Reject& reject : report.rejects) rejects.push(prove::reject_view(reject));
    object.set("rejects", rejects);
    Json notes = Json::array();
    for (const std::string& note : report.notes) notes.push(note);
    object.set("notes", notes);
    row.object = std::move(object);
    list.rows.push_back(std::move(row));
    if (context.format == Format::table && objects > 0)
      list.rows.push_back(
          {{"  objects", std::to_string(c.objects_added), std::to_string(c.objects_changed),
            std::to_string(c.objects_unchanged), "",
            c.objects_conflict > 0 ? std::to_string(c.objects_conflict) + " conflicts" : "", "kept byte for byte"},
           Paint::dim,
           Json()});
  }
  list.about.set("incomplete", failed);
  print_list(context, list);
  if (context.format != Format::table) return failed ? Exit::incomplete : Exit::done;
  constexpr std::size_t kShown = 8;
  for (const cycle::CollectReport& report : reports) {
    if (report.outcome != store::Outcome::complete) {
      print_block(context,
                  painted(context, Paint::red, store::to_string(report.outcome)) + " " + printable(report.source) +
                      ": " + printable(report.error, 600),
                  0);
      if (!report.hint.empty()) print_block(context, report.hint, 7);
    }
    for (std::size_t i = 0; i < report.rejects.size() && i < kShown; ++i)
      print_labelled(context, Paint::yellow, "rejected",
                     printable(report.rejects[i].place, 200) + ": " + printable(report.rejects[i].message, 300));
    if (report.rejects.size() > kShown)
      context.line("         and " + std::to_string(report.rejects.size() - kShown) + " more: tocsin source show " +
                   printable(report.source) + " --rejects");
    for (std::size_t i = 0; i < report.notes.size() && i < kShown; ++i)
      print_labelled(context, Paint::dim, "note", printable(report.notes[i], 300));
    if (report.notes.size() > kShown)
      context.line("     and " + counted(report.notes.size() - kShown, "more note", "more notes") + " (--format json)");
    for (const std::string& name : report.contested)
      print_labelled(context, Paint::yellow, "contested",
                     printable(name) + ": its aliases join items that each have a CVE of their own; `tocsin show " +
                         shell_word(printable(name)) + "`");
  }
  return failed ? Exit::incomplete : Exit::done;
}

Result<store::ItemRow> one_item(store::Reader& reader, const std::string& name) {
  TOCSIN_TRY(const std::vector<Uuid> found, reader.find(name));
  if (found.empty())
    return fail(Code::unavailable,
                "no item goes by '" + printable(name, 100) + "'; `tocsin search WORDS` looks in titles and texts");
  TOCSIN_TRY(auto row, reader.item(found.front()));
  if (!row) return fail(Code::internal, "the item of '" + printable(name, 100) + "' is gone");
  // The one that is called so comes first: others that merely carry the id (a contested alias) do not make it
  // ambiguous.
  const auto id = intel::recognise(name);
  const bool called_so = row->name == name || (id && row->name == id->value);
  if (found.size() > 1 && !called_so) {
    std::string names;
    for (std::size_t i = 0; i < found.size() && i < 5; ++i) names += (i > 0 ? ", " : "") + found[i].text();
    return fail(Code::refused, "'" + printable(name, 100) + "' is the name of several items: " + names);
  }
  return std::move(*row);
}

Exit no_item(Context& context, const Error& error) {
  if (error.code == Code::unavailable) return context.unknown(error.message());
  return error.code == Code::refused ? context.usage(error.message()) : context.fail(error);
}

Result<store::ItemFilter> item_filter(const Context& context) {
  store::ItemFilter filter;
  if (context.args.has("kind")) {
    filter.kind = intel::parse_kind(context.args.get("kind"));
    if (!filter.kind) {
      std::vector<std::string> kinds;
      for (std::string_view word : intel::kind_words()) kinds.emplace_back(word);
      return fail(Code::refused,
                  "--kind: there is no kind '" + printable(context.args.get("kind")) + "' (" + join(kinds, ", ") + ")");
    }
  }
  if (context.args.has("layer")) filter.layer = intel::parse_layer(context.args.get("layer"));
  filter.source = context.args.get("source");
  filter.asset = context.args.get("asset");
  if (context.args.has("assessment")) {
    filter.status = judgement::parse_status(context.args.get("assessment"));
    filter.cannot_tell = !filter.status;
    // What cannot be told is kept by class: of which asset of it, is not.
    if (filter.cannot_tell && !filter.asset.empty())
      return fail(Code::refused,
                  "--assessment cannot_tell is told for the item as a whole, not for one asset: leave out --asset, or "
                  "see `tocsin show ID`");
  }
  filter.decision = context.args.get("decision");
  const bool state = filter.decision == "none" || filter.decision == "open" || filter.decision == "reopened" ||
                     filter.decision == "expired";
  if (context.args.has("decision") && !state && !judgement::parse_verdict(filter.decision))
    return fail(Code::refused,
                "--decision: '" + printable(filter.decision) +
                    "' is none of none, open, reopened, expired, act, watch, inform, not_relevant, duplicate, "
                    "defer");
  for (const char* name : {"source", "asset"})
    if (context.args.has(name) && context.args.get(name).empty())
      return fail(Code::refused, std::string("--") + name + " is empty");
  if (context.args.has("since")) {
    const std::string since = context.args.get("since");
    if (since.size() > 1 && since.size() < 8 && since.back() == 'd' &&
        since.find_first_not_of("0123456789") == since.size() - 1) {
      filter.since = context.clock->now() - std::chrono::hours(24) * std::stoi(since);
    } else {
      auto time = parse_time(since);
      if (!time)
        return fail(Code::refused,
                    "--since: '" + printable(since) + "' is no date (2026-01-01) and no number of days (30d)");
      filter.since = *time;
    }
  }
  return filter;
}

Result<> check_names(store::ItemFilter& filter, cycle::Workspace& workspace, store::Reader& reader) {
  if (!filter.asset.empty()) {
    TOCSIN_TRY(const estate::Estate* estate, workspace.estate());
    std::vector<std::string> names;
    names.reserve(estate->assets.size());
    for (const estate::Asset& asset : estate->assets) names.push_back(asset.name);
    if (std::find(names.begin(), names.end(), filter.asset) == names.end())
      return fail(Code::unavailable,
                  "--asset: estate.yaml has no '" + printable(filter.asset, 100) + "'" + meant(filter.asset, names));
    filter.untold = cycle::untold(*estate->find(filter.asset));
  }
  if (!filter.source.empty()) {
    std::vector<std::string> names;
    for (const cycle::Source& source : cycle::sources(workspace)) names.push_back(source.id);
    TOCSIN_TRY(const auto states, reader.sources());
    for (const store::SourceState& state : states) names.push_back(state.source);  // also of files that were imported
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (std::find(names.begin(), names.end(), filter.source) == names.end())
      return fail(Code::unavailable,
                  "--source: there is no '" + printable(filter.source, 100) + "'" + meant(filter.source, names));
  }
  return {};
}

namespace {

// One end of a bond: an id of the item, and whose it is where it is a guid or URL ("1" of one feed is not "1" of
// another); "" where several sources of the item have it.
struct BondEnd {
  intel::Id id;
  std::string source;
};

// The words given, when they are an id of the item; what an item was called that is a part of it now; else its best id.
Result<BondEnd> bond_end(store::Reader& reader, const store::ItemRow& row, const std::string& given) {
  TOCSIN_TRY(const auto records, reader.records_of(row.id));
  const std::vector<intel::Id>& ids = row.item->ids;
  BondEnd end;
  const auto take = [&](const std::vector<intel::Id>& from, auto&& wanted) {
    const auto found = end.id.value.empty() ? std::find_if(from.begin(), from.end(), wanted) : from.end();
    if (found != from.end()) end.id = *found;
  };
  if (const auto id = intel::recognise(given)) take(ids, [&](const intel::Id& own) { return own == *id; });
  take(ids, [&](const intel::Id& own) { return own.value == given; });
  if (const auto uuid = parse_uuid(given); uuid && *uuid != row.id)
    for (const store::RecordRow& row_of : records)
      if (intel::item_id(row_of.record.source, row_of.record.external_id) == *uuid)
        take(row_of.record.ids, [&](const intel::Id& own) { return own.value == row_of.record.external_id; });
  if (end.id.value.empty() && !ids.empty()) end.id = *intel::best(ids);

  if (intel::is_identity(end.id.scheme) && end.id.scheme != "guid" && end.id.scheme != "url") return end;
  for (const store::RecordRow& row_of : records) {
    const auto& own = row_of.record.ids;
    if (std::find(own.begin(), own.end(), end.id) == own.end() || row_of.record.source == end.source) continue;
    if (!end.source.empty()) {
      end.source.clear();
      break;
    }
    end.source = row_of.record.source;
  }
  return end;
}

}  // namespace

Exit say_bond(Context& context, bool join) {
  auto workspace = context.open();
  if (!workspace) return context.fail(workspace.error());
  const std::string by = context.args.get("as");
  const cycle::Config& config = (*workspace)->config();
  if (config.person(by) == nullptr) {
    std::vector<std::string> people;
    for (const cycle::Person& person : config.people) people.push_back(person.id);
    return context.unknown("--as: '" + printable(by) + "' is nobody of [people] in tocsin.toml" + meant(by, people));
  }
  if (trim(context.args.get("because")).empty()) return context.usage("the reason is missing: --because TEXT");
  intel::Bond bond;
  {
    auto reader = (*workspace)->store().read();
    if (!reader) return context.fail(reader.error());
    auto a = one_item(**reader, context.args.get("ID"));
    if (!a) return no_item(context, a.error());
    auto b = one_item(**reader, context.args.get("OTHER"));
    if (!b) return no_item(context, b.error());
    auto a_end = bond_end(**reader, *a, context.args.get("ID"));
    auto b_end = bond_end(**reader, *b, context.args.get("OTHER"));
    if (!a_end) return context.fail(a_end.error());
    if (!b_end) return context.fail(b_end.error());
    // What hangs on both ids stays with the first: with the one that the item goes by, whichever was typed first.
    if (!join && b_end->id.value == b->name) std::swap(*a_end, *b_end);
    bond = {std::move(a_end->id), std::move(b_end->id), join, std::move(a_end->source), std::move(b_end->source)};
    if (bond.a == bond.b && bond.a_source == bond.b_source)
      return context.usage("these are the same id: " + printable(bond.a.value));
    if (join == (a->id == b->id)) {
      context.note(join ? "these are one item already" : "these are two items already");
      if (context.format != Format::table) print_object(context, prove::folding_view({}));
      return Exit::done;
    }
  }
  auto folding = cycle::bond(**workspace, bond, by, Foreign(context.args.get("because")));
  if (!folding) return context.fail(folding.error());
  auto assessed = cycle::assess(**workspace, false, context.progress());
  context.progress().finish();
  if (!assessed) return context.fail(assessed.error());
  if (context.format != Format::table) {
    print_object(context, prove::folding_view(*folding));
    return Exit::done;
  }
  const bool happened = join ? !folding->merges.empty() : !folding->splits.empty();
  context.line(printable(bond.a.value) + " and " + printable(bond.b.value) +
               (join ? " are one item" : " are two items") +
               (happened ? "" : " (nothing else holds them differently)"));
  for (const std::string& name : assessed->reopened) context.line("re-opened: " + printable(name));
  return Exit::done;
}

}  // namespace tocsin::cli
