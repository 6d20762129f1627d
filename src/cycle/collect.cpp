// A run has three parts. Gathering reads documents (live, folder, memory) and parses each as it comes. Keeping writes
// the documents' bytes to snapshots/, durable before any row names them. Committing is one transaction: records,
// rejects, cursor, the items that the new records fold into, and the run's entry in the ledger. A crash before the
// commit leaves files that the next run finds again; a crash after it leaves nothing to do.
#include "cycle/collect.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unordered_map>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cycle/foreign_formats.hpp"
#include "estate/credentials.hpp"
#include "exchange/stix.hpp"

namespace tocsin::cycle {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxDocument = std::uint64_t{1} << 30;  // the whole-ecosystem archive of PyPI is a tenth of it
constexpr std::size_t kHead = 512;                              // bytes that `accepts` may look at

struct Kept {
  std::string name;
  std::string media_type;
  std::string bytes;
  Digest digest;
  std::string address;       // where it was fetched from; "" for a file
  std::string charset = {};  // of the reply's header

  // With the charset, so that who reads the snapshot later reads the same text.
  std::string media() const { return charset.empty() ? media_type : media_type + "; charset=" + charset; }
};

// A foreign STIX object, as little of it as the store needs: the bytes are a slice of a document.
struct ForeignObject {
  std::string id, type, modified;
  std::string_view bytes;
  std::optional<exchange::stix::Edge> edge;
};

// Everything one run brought, before the store sees it.
struct Gathered {
  std::vector<Kept> documents;
  std::vector<intel::Record> records;
  std::vector<collect::Reject> rejects;
  std::vector<ForeignObject> objects;
  std::vector<std::string> notes;
  std::size_t not_modified = 0;
  std::size_t skipped = 0;
  std::optional<std::string> cursor;
  Json validators = Json::object();
  store::Outcome outcome = store::Outcome::complete;
  std::string error;
  Limits limits = {};
  std::uint64_t bytes = 0;         // of documents
  std::size_t unread = 0;          // documents and files that are no format of the source, or could not be opened
  std::string looks = {};          // what the first of them looks like
  std::optional<Error> full = {};  // set once a document found no room: nothing more is taken
};

store::Reject to_row(const collect::Reject& reject) {
  return {reject.place, reject.error.code, reject.error.message(), Foreign(reject.excerpt)};
}

void stop(Gathered& gathered, const Error& error) {
  gathered.outcome = gathered.records.empty() && gathered.objects.empty() && gathered.rejects.empty()
                         ? store::Outcome::failed
                         : store::Outcome::partial;
  gathered.error = error.message();
}

// Makes room for a document: an error, and a reject that names it, when there is none.
Result<> take(Gathered& gathered, const std::string& name, std::string_view bytes) {
  if (gathered.full) return tl::make_unexpected(*gathered.full);
  if (bytes.size() <= gathered.limits.gathered_bytes - gathered.bytes) {
    gathered.bytes += bytes.size();
    return {};
  }
  Failure failure = fail(Code::refused, "more than " + std::to_string(gathered.limits.gathered_bytes) +
                                            " bytes in one run: it ended here, what comes from this document on was "
                                            "not read; collect it in parts");
  failure.value().where = printable(name, 300);
  gathered.full = failure.value();
  gathered.rejects.push_back({name, *gathered.full, std::string(bytes.substr(0, 200))});
  stop(gathered, *gathered.full);
  return failure;
}

// What a document from an address is called in the store, in rejects and in notes: a key in the address, or one that a
// redirect put there, stays outside.
std::string name_of(const wire::Reply& reply) {
  return estate::without_credentials(reply.url);
}

// What a parser made of a document goes to the run, the document with it.
void keep(const Source& source, Gathered& gathered, Kept document, collect::Findings findings, Time retrieved) {
  for (intel::Record& record : findings.records) {
    record.source = source.id;
    record.reply = document.digest;
    record.retrieved = retrieved;
    record.parser_version = source.kind->parser_version;
    if (record.licence.empty() || source.own) record.licence = source.licence;
    gathered.records.push_back(std::move(record));
  }
  std::move(findings.rejects.begin(), findings.rejects.end(), std::back_inserter(gathered.rejects));
  for (std::string& note : findings.notes) gathered.notes.push_back(document.name + ": " + note);
  gathered.documents.push_back(std::move(document));
}

// Parses one document with the source's parser; a document that is none of its is one reject, and its error is given as
// well.
Result<> parse(const Source& source, Gathered& gathered, Kept document, Time retrieved) {
  TOCSIN_CHECK(take(gathered, document.name, document.bytes));
  document.digest = sha256(document.bytes);
  collect::Findings findings;
  const collect::Document view{
      document.name,   document.media_type, document.bytes, document.address, source.settings["dialect"].as_string(),
      document.charset};
  Result<> whole = source.kind->parse(view, findings);
  if (!whole) findings.rejects.push_back({document.name, whole.error(), document.bytes.substr(0, 200)});
  // A document of which nothing came is not for this source either, whatever place its parser blames.
  if (!whole || (findings.records.empty() && !findings.rejects.empty())) {
    ++gathered.unread;
    if (gathered.looks.empty()) gathered.looks = looks_like(document.name, document.bytes).title;
  }
  keep(source, gathered, std::move(document), std::move(findings), retrieved);
  return whole;
}

// Given a file or folder in which nothing is for the source, the run has failed: "ok" would look like an empty feed.
void fail_if_nothing_is_for(const Source& source, Gathered& gathered) {
  if (gathered.outcome != store::Outcome::complete || !gathered.records.empty()) return;
  if (gathered.unread < gathered.documents.size() || gathered.unread + gathered.skipped == 0) return;
  gathered.outcome = store::Outcome::failed;
  gathered.error = "nothing in it is for " + source.id;
  if (!gathered.looks.empty())
    gathered.error += ": it looks like " + gathered.looks;
  else if (!gathered.rejects.empty())
    gathered.error += ": " + gathered.rejects.front().error.what;
}

class LiveSession final : public collect::Session {
 public:
  LiveSession(const Source& source, wire::Fetcher& fetcher, const Clock& clock, store::SourceState state,
              Gathered& gathered)
      : source_(source),
        fetcher_(fetcher),
        clock_(clock),
        gathered_(gathered),
        known_(std::move(state.validators)),
        cursor_(std::move(state.cursor)) {}

  Result<wire::Reply> get(std::string_view url) override {
    if (gathered_.full) return tl::make_unexpected(*gathered_.full);
    wire::Request request;
    request.url = url;
    // Those of the last run: what this run got and asks for again (a page that came empty) must come whole.
    const Json& known = known_[url];
    request.validators = {std::string(known["etag"].as_string()), std::string(known["last_modified"].as_string())};
    TOCSIN_TRY(wire::Reply reply, fetcher_.fetch(request, source_.policy));
    if (reply.not_modified) ++gathered_.not_modified;
    // Only addresses that this run asked for are kept: a source of single records would else collect them for ever.
    if (!reply.validators.empty()) {
      gathered_.validators.set(
          url, Json::object({{"etag", reply.validators.etag}, {"last_modified", reply.validators.last_modified}}));
    }
    return reply;
  }

  Result<> deliver(const wire::Reply& reply) override {
    return parse(source_, gathered_, {name_of(reply), reply.media_type, reply.body, {}, name_of(reply), reply.charset},
                 clock_.now());
  }

  std::string cursor() const override { return gathered_.cursor.value_or(cursor_); }
  // Not beyond what found no room, whatever the source made of the error.
  void set_cursor(std::string cursor) override {
    if (!gathered_.full) gathered_.cursor = std::move(cursor);
  }
  const Json& settings() const override { return source_.settings; }
  const Clock& clock() const override { return clock_; }

 private:
  const Source& source_;
  wire::Fetcher& fetcher_;
  const Clock& clock_;
  Gathered& gathered_;
  Json known_;  // validators
  std::string cursor_;
};

std::unique_ptr<wire::Fetcher> fetcher_of(Workspace& workspace) {
  wire::Identity identity;
  identity.user_agent = "tocsin/" + std::string(kVersion);
  if (!workspace.config().contact.empty()) identity.user_agent += " (+" + workspace.config().contact + ")";
  identity.proxy = workspace.config().proxy;
  return wire::make_fetcher(std::move(identity), workspace.clock(), wire::real_sleep());
}

// What a file that somebody gave is called in the store: never as what ships with the program.
std::string given_name(std::string name) {
  return name.starts_with(store::kShippedFolder) ? "./" + name : name;
}

// The files below `folder` (or the one file) that this source reads.
Result<> gather_path(const Source& source, const fs::path& path, Gathered& gathered, Time retrieved,
                     Progress& progress) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    TOCSIN_TRY(std::string bytes, read_file(path, kMaxDocument));
    static_cast<void>(parse(source, gathered, {path.filename().string(), "", std::move(bytes), {}, {}}, retrieved));
    return {};
  }
  TOCSIN_TRY(const Listing listing, list_files(path));
  for (const Error& unread : listing.errors) gathered.rejects.push_back({unread.where, unread, ""});
  progress.stage("reading " + source.id, listing.files.size());
  std::size_t done = 0;
  std::vector<std::string> skipped;
  for (const fs::path& file : listing.files) {
    progress.advance(++done);
    auto head = read_head(path / file, kHead);
    if (head && !source.kind->accepts(file.generic_string(), *head)) {
      skipped.push_back(file.generic_string());
      continue;
    }
    auto bytes = head ? read_file(path / file, kMaxDocument) : std::move(head);
    if (!bytes) {
      gathered.rejects.push_back({file.generic_string(), std::move(bytes).error(), ""});
      continue;
    }
    static_cast<void>(
        parse(source, gathered, {given_name(file.generic_string()), "", std::move(*bytes), {}, {}}, retrieved));
    if (gathered.full) break;
  }
  gathered.skipped = skipped.size();
  if (!skipped.empty()) {
    std::string names;
    for (std::size_t i = 0; i < skipped.size() && i < 5; ++i) names += (i > 0 ? ", " : "") + printable(skipped[i], 80);
    if (skipped.size() > 5) names += " and " + std::to_string(skipped.size() - 5) + " more";
    gathered.notes.push_back("not for " + source.id + ", skipped: " + names);
  }
  if (listing.files.empty()) return fail(Code::unavailable, "no files in " + printable(path.string(), 300));
  return {};
}

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("file://");
}

// One document or one folder, wherever it lies.
Result<> gather_from(Workspace& workspace, const Source& source, const std::string& from, Gathered& gathered,
                     Progress& progress) {
  if (!is_url(from)) return gather_path(source, from, gathered, workspace.clock().now(), progress);
  auto fetcher = fetcher_of(workspace);
  TOCSIN_TRY(const wire::Reply reply, fetcher->fetch({from, {}, {}, {}}, source.policy));
  static_cast<void>(parse(source, gathered,
                          {name_of(reply), reply.media_type, reply.body, {}, name_of(reply), reply.charset},
                          workspace.clock().now()));
  return {};
}

// Folds what the changed heads can fall together with, inside the transaction that brought them.
Result<store::Folding> refold(store::Transaction& t, const std::vector<store::HeadKey>& heads,
                              std::vector<std::string>& contested) {
  if (heads.empty()) return store::Folding{};
  TOCSIN_TRY(const std::vector<intel::Identity> identities, t.component(heads));
  TOCSIN_TRY(const std::vector<store::BondRow> rows, t.bonds());
  std::vector<intel::Bond> bonds;
  bonds.reserve(rows.size());
  for (const store::BondRow& row : rows) bonds.push_back(row.bond);
  std::vector<store::HeadKey> keys;
  keys.reserve(identities.size());
  for (const intel::Identity& identity : identities) keys.push_back(static_cast<store::HeadKey>(identity.key));
  TOCSIN_TRY(const std::vector<intel::Record> records, t.records(keys));
  std::vector<store::Folded> folded;
  for (const intel::Group& group : intel::group(identities, bonds)) {
    std::vector<const intel::Record*> members;
    store::Folded item;
    for (std::size_t member : group.members) {
      members.push_back(&records[member]);
      item.members.push_back(keys[member]);
    }
    item.item = intel::fold(members, group.struck);
    item.item.id = group.id;
    item.contested = group.contested;
    if (group.contested) contested.push_back(item.item.name);
    folded.push_back(std::move(item));
  }
  return t.replace_items(folded);
}

enum class From : std::uint8_t { live, files, shipped };

Result<CollectReport> commit(Workspace& workspace, const std::string& source, Time started, Gathered gathered,
                             From from, Progress& progress) {
  CollectReport report;
  report.source = source;
  report.outcome = gathered.outcome;
  report.error = gathered.error;
  report.documents = gathered.documents.size();
  report.not_modified = gathered.not_modified;
  report.notes = gathered.notes;
  report.skipped = gathered.skipped;
  for (const collect::Reject& reject : gathered.rejects) report.rejects.push_back(to_row(reject));

  progress.stage("keeping " + source, 0);
  std::vector<std::string_view> contents;
  contents.reserve(gathered.documents.size());
  for (const Kept& document : gathered.documents) contents.push_back(document.bytes);
  TOCSIN_CHECK(workspace.store().snapshots().put_all(contents));

  progress.stage("committing " + source, gathered.records.size() + gathered.objects.size());
  TOCSIN_CHECK(workspace.store().write("collect " + source, [&](store::Transaction& t) -> Result<> {
    report.contested.clear();
    std::uint64_t done = 0;
    TOCSIN_TRY(const store::RunKey run, t.begin_run(source, started));
    static_cast<void>(run);
    for (const Kept& document : gathered.documents)
      TOCSIN_CHECK(t.add_snapshot(document.digest, document.bytes.size(), document.media(), document.name));
    std::vector<store::HeadKey> touched;
    for (const intel::Record& record : gathered.records) {
      TOCSIN_TRY(const store::Added added, t.add_record(record));
      if (added.change != store::Change::unchanged && added.change != store::Change::repeated)
        touched.push_back(added.head);
      progress.advance(++done);
    }
    for (const ForeignObject& object : gathered.objects) {
      store::StixObjectView view{object.id, object.type, object.modified, object.bytes, {}, {}, {}};
      if (object.edge) view.from = object.edge->from, view.relation = object.edge->relation, view.to = object.edge->to;
      TOCSIN_TRY(const store::Kept kept, t.add_object(view));
      static_cast<void>(kept);
      progress.advance(++done);
    }
    for (const store::Reject& reject : report.rejects) TOCSIN_CHECK(t.add_reject(reject));
    if (from == From::live) {
      std::string cursor;
      if (gathered.cursor) {
        cursor = *gathered.cursor;
      } else {
        TOCSIN_TRY(const store::SourceState state, t.source(source));
        cursor = state.cursor;
      }
      TOCSIN_CHECK(t.put_cursor(cursor, gathered.validators));
    } else if (from == From::files && gathered.outcome != store::Outcome::failed) {
      TOCSIN_TRY(store::SourceState state, t.source(source));
      store::LiveAnswers answers = store::live_answers(state);
      answers.file = started;
      store::set_live_answers(state.validators, answers);
      TOCSIN_CHECK(t.put_cursor(state.cursor, state.validators));
    }
    TOCSIN_TRY(report.folding, refold(t, touched, report.contested));
    store::RunEnd end{gathered.outcome, gathered.error, Json::array()};
    for (const std::string& note : gathered.notes) end.notes.push(printable(note, 300));
    TOCSIN_TRY(const store::Run finished, t.end_run(end));
    report.counts = finished.counts;
    return {};
  }));
  progress.finish();
  return report;
}

// "STIX 2.1 and what the sources read (arxiv, atlas …)"
std::string what_is_imported() {
  std::vector<std::string_view> kinds;
  for (const collect::SourceKind* kind : collect::sources::all()) kinds.push_back(kind->id);
  std::sort(kinds.begin(), kinds.end());
  std::string names;
  for (std::string_view kind : kinds) names += (names.empty() ? "" : ", ") + std::string(kind);
  return "STIX 2.1 and what the sources read (" + names + ")";
}

// What an imported file is: STIX first, then the sources in the order of their table: one that finds records in it
// before one that finds only rejects, and that before one that finds it empty.
Result<> import_one(const std::string& file, std::string bytes, const std::string& as, Time retrieved,
                    Gathered& gathered) {
  TOCSIN_CHECK(take(gathered, file, bytes));
  // Kept first: the objects hold slices of its bytes, which stay where they are when the string itself moves.
  gathered.documents.push_back({given_name(file), "", std::move(bytes), {}, {}});
  Kept& kept = gathered.documents.back();
  kept.digest = sha256(kept.bytes);
  auto stix = exchange::stix::read_each(kept.bytes, file, [&](exchange::stix::Object& object) -> Result<> {
    if (auto record = exchange::stix::to_record(object, as)) {
      record->reply = kept.digest;
      record->retrieved = retrieved;
      gathered.records.push_back(std::move(*record));
    }
    auto edge = exchange::stix::to_edge(object);
    gathered.objects.push_back(
        {std::move(object.id), std::move(object.type), std::move(object.modified), object.bytes, std::move(edge)});
    return {};
  });
  // A list of which nothing is STIX is a list of something else: OSV has such, and any API.
  const bool other_list = stix && stix->entries > 0 && stix->rejects.size() == stix->entries &&
                          trim(std::string_view(kept.bytes).substr(0, kHead)).starts_with('[');
  if (stix && !other_list) {
    exchange::stix::Reading& reading = *stix;
    if (reading.entries > 0 && reading.rejects.size() == reading.entries) ++gathered.unread;
    for (exchange::stix::Reject& reject : reading.rejects)
      gathered.rejects.push_back({reject.place, reject.error, reject.excerpt});
    for (const std::string& note : reading.notes) gathered.notes.emplace_back(file).append(": ").append(note);
    return {};
  }
  Kept document = std::move(kept);
  gathered.documents.pop_back();
  const std::string_view head = std::string_view(document.bytes).substr(0, kHead);
  Source source;
  source.id = as;
  collect::Findings findings;
  int best = 0;  // 1 empty, 2 rejects, 3 records
  for (const collect::SourceKind* kind : collect::sources::all()) {
    if (best == 3 || !kind->accepts(file, head)) continue;
    collect::Findings trial;
    if (!kind->parse({document.name, "", document.bytes}, trial)) continue;
    const int found = !trial.records.empty() ? 3 : !trial.rejects.empty() ? 2 : 1;
    if (found > best) best = found, source.kind = kind, findings = std::move(trial);
  }
  const Looks foreign = best < 3 ? looks_like(file, document.bytes) : Looks();
  if (best > 0 && foreign.title.empty()) {
    // What gave rejects alone may be of no format at all: its parser came closest.
    gathered.notes.push_back(file + (best == 2 ? ": taken for " : ": read as ") + std::string(source.kind->id) +
                             (best == 2   ? ", the closest of " + what_is_imported()
                              : best == 1 ? "; there is nothing in it"
                                          : ""));
    if (best == 2) ++gathered.unread;
    keep(source, gathered, std::move(document), std::move(findings), retrieved);
    return {};
  }
  ++gathered.unread;
  std::string what = "it is no format that tocsin reads; it reads " + what_is_imported();
  if (!foreign.next.empty())
    what = "it looks like " + std::string(foreign.title) + "; " + std::string(foreign.next);
  else if (!foreign.title.empty())
    what = "it looks like " + std::string(foreign.title) + ", which this version of tocsin does not read; it reads " +
           what_is_imported();
  gathered.rejects.push_back({file, fail(Code::malformed, std::move(what)).value(), document.bytes.substr(0, 200)});
  gathered.documents.push_back(std::move(document));
  return {};
}

}  // namespace

Result<CollectReport> collect(Workspace& workspace, const Source& source, Progress& progress, const Limits& limits) {
  const Time started = workspace.clock().now();
  Gathered gathered;
  gathered.limits = limits;
  store::SourceState state;
  {
    TOCSIN_TRY(auto reader, workspace.store().read());
    TOCSIN_TRY(state, reader->source(source.id));
  }
  progress.stage("asking " + source.id, 0);
  auto fetcher = fetcher_of(workspace);
  Json validators = state.validators;
  const store::LiveAnswers before = store::live_answers(state);
  LiveSession session(source, *fetcher, workspace.clock(), std::move(state), gathered);
  auto fetched = source.kind->fetch(session);
  if (!fetched || gathered.full) {
    stop(gathered, gathered.full ? *gathered.full : fetched.error());
    // What this run did not get to its end must be sent again: "not modified" would hide it from the next one.
    gathered.validators = std::move(validators);
  }
  const bool whole = gathered.outcome == store::Outcome::complete;
  store::set_live_answers(gathered.validators, {started, whole ? started : before.answered, before.file});
  TOCSIN_TRY(CollectReport report, commit(workspace, source.id, started, std::move(gathered), From::live, progress));
  if (report.outcome == store::Outcome::failed)
    report.hint = "if this machine does not reach it: tocsin collect " + source.id +
                  " --from PATH|URL reads a copy (a file, a folder or a mirror)";
  return report;
}

Result<> check_path(const std::string& from) {
  std::error_code error;
  if (is_url(from) || fs::exists(from, error)) return {};
  // Exists, and may not be looked at: that is another failure, told when it is read.
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) return {};
  return fail(Code::refused, "there is no file or folder " + printable(from, 300) + "; nothing was read");
}

Result<CollectReport> collect_from(Workspace& workspace, const Source& source, const std::string& from,
                                   Progress& progress, const Limits& limits) {
  TOCSIN_CHECK(check_path(from));
  const Time started = workspace.clock().now();
  Gathered gathered;
  gathered.limits = limits;
  if (auto read = gather_from(workspace, source, from, gathered, progress); !read) stop(gathered, read.error());
  fail_if_nothing_is_for(source, gathered);
  return commit(workspace, source.id, started, std::move(gathered), From::files, progress);
}

Result<CollectReport> collect_documents(Workspace& workspace, const Source& source,
                                        std::vector<std::pair<std::string, std::string>> documents,
                                        Progress& progress) {
  const Time started = workspace.clock().now();
  Gathered gathered;
  for (auto& [name, bytes] : documents)
    static_cast<void>(parse(source, gathered, {name, "", std::move(bytes), {}, {}}, started));
  return commit(workspace, source.id, started, std::move(gathered), From::shipped, progress);
}

Result<CollectReport> import_files(Workspace& workspace, const std::vector<std::string>& files, std::string_view as,
                                   Progress& progress, const Limits& limits) {
  for (const std::string& file : files) TOCSIN_CHECK(check_path(file));
  const Time started = workspace.clock().now();
  const std::string source = as.empty() ? "import" : std::string(as);
  Gathered gathered;
  gathered.limits = limits;
  gathered.documents.reserve(files.size());  // objects hold slices of documents: they must not move
  for (const std::string& file : files) {
    auto bytes = read_file(file, kMaxDocument);
    if (!bytes) {
      ++gathered.unread;
      Error error = std::move(bytes).error();
      error.where.clear();  // the place of the reject says it
      if (std::error_code ignored; fs::is_directory(file, ignored))
        error.what +=
            "; name the files in it, or read it as one source: tocsin collect SOURCE --from " + printable(file, 100);
      gathered.rejects.push_back({file, std::move(error), ""});
      continue;
    }
    auto read = import_one(file, std::move(*bytes), source, started, gathered);
    if (gathered.full) break;
    TOCSIN_CHECK(read);
  }
  if (gathered.outcome == store::Outcome::complete && gathered.unread > 0) {
    const bool none = gathered.unread == files.size();
    gathered.outcome = none ? store::Outcome::failed : store::Outcome::partial;
    gathered.error = none && files.size() == 1 ? "nothing in it could be imported"
                     : none                    ? "nothing in these files could be imported"
                            : std::to_string(gathered.unread) + " of " + std::to_string(files.size()) +
                                  " files could not be imported";
  }
  return commit(workspace, source, started, std::move(gathered), From::files, progress);
}

Result<> check_import_name(const Workspace& workspace, std::string_view as) {
  if (!is_source_name(as))
    return fail(Code::refused, "--as: '" + printable(as, 80) + "' is no name for a source: " + kSourceNameRule);
  if (workspace.knowledge().source(as) != nullptr)
    return fail(Code::refused, "--as: " + std::string(as) + " is a source of the catalogue; `tocsin collect " +
                                   std::string(as) + " --from FILE` reads a file of its format");
  return {};
}

Result<Trial> try_source(Workspace& workspace, const Source& source, const std::string& from, Progress& progress) {
  Gathered gathered;
  Trial trial;
  Result<> read;
  if (from.empty()) {
    auto fetcher = fetcher_of(workspace);
    LiveSession session(source, *fetcher, workspace.clock(), {}, gathered);
    read = source.kind->fetch(session);
  } else {
    read = gather_from(workspace, source, from, gathered, progress);
  }
  progress.finish();
  if (gathered.full) read = tl::make_unexpected(*gathered.full);
  if (read && !from.empty()) fail_if_nothing_is_for(source, gathered);
  trial.error = read ? gathered.error : read.error().message();
  trial.findings = {std::move(gathered.records), std::move(gathered.rejects), std::move(gathered.notes)};
  trial.documents = gathered.documents.size();
  return trial;
}

Result<store::Folding> bond(Workspace& workspace, const intel::Bond& said, std::string_view by, const Foreign& reason) {
  store::Folding folding;
  TOCSIN_CHECK(workspace.store().write(said.join ? "item merge" : "item split", [&](store::Transaction& t) -> Result<> {
    TOCSIN_CHECK(t.put_bond(said, by, reason));
    TOCSIN_TRY(std::vector<store::HeadKey> heads, t.heads_with(said.a));
    TOCSIN_TRY(const std::vector<store::HeadKey> others, t.heads_with(said.b));
    heads.insert(heads.end(), others.begin(), others.end());
    if (heads.empty()) return fail(Code::unavailable, "no record carries " + said.a.value + " or " + said.b.value);
    std::vector<std::string> contested;
    TOCSIN_TRY(folding, refold(t, heads, contested));
    return {};
  }));
  return folding;
}

}  // namespace tocsin::cycle
