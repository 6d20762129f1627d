#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "cli/views.hpp"
#include "cycle/sources.hpp"

namespace tocsin::cli::commands {
namespace {

constexpr Example kExamples[] = {{"tocsin doctor", "what is wrong with this workspace, and how to mend it"}};

enum class Health { good, warning, bad };

class Report {
 public:
  explicit Report(Context& context) : context_(context) {
    list_.name = "checks";
    list_.columns = {{"check"}, {"state"}, {"what", 24, true}, {"to do", 20, true}};
    list_.csv = {"check", "state", "what", "to_do"};
  }
  void add(std::string check, Health health, std::string what, std::string repair = "") {
    const char* word = health == Health::good ? "ok" : health == Health::warning ? "warning" : "bad";
    worst_ = std::max(worst_, health);
    Json object = Json::object({{"check", check}, {"state", word}, {"what", what}, {"to_do", repair}});
    list_.rows.push_back({{std::move(check), word, std::move(what), std::move(repair)},
                          health == Health::good      ? Paint::green
                          : health == Health::warning ? Paint::yellow
                                                      : Paint::red,
                          std::move(object)});
  }
  Exit print() {
    print_list(context_, list_);
    return worst_ == Health::bad ? Exit::no : Exit::done;
  }

 private:
  Context& context_;
  List list_;
  Health worst_ = Health::good;
};

void check_key(Report& report, const std::filesystem::path& folder) {
  struct stat info{};
  const std::filesystem::path key = folder / "keys" / "ledger.pem";
  if (::stat(key.c_str(), &info) != 0)
    report.add("key", Health::bad, "keys/ledger.pem is missing: nothing can be written",
               "put it back from your safe copy; a new key would start a new ledger");
  else if ((info.st_mode & 077) != 0)
    report.add("key", Health::bad, "others can read keys/ledger.pem", "chmod 600 keys/ledger.pem");
  else
    report.add("key", Health::good, "only its owner reads it",
               "keep a copy of it, and a checkpoint, outside: tocsin ledger checkpoint");
}

void check_sources(Report& report, cycle::Workspace& workspace, store::Reader& reader, const Context& context) {
  std::vector<Error> problems;
  const auto all = cycle::sources(workspace, &problems);
  for (const Error& problem : problems)
    report.add("sources", Health::warning, printable(problem.message(), 300), "mend tocsin.toml");
  std::size_t on = 0, asked = 0;
  for (const cycle::Source& source : all) {
    if (!source.enabled) continue;
    ++on;
    auto state = reader.source(source.id);
    if (!state) {
      report.add("sources", Health::bad, state.error().message());
      return;
    }
    if (!state->last_error.empty())
      report.add("source " + printable(source.id, 40), Health::warning, printable(state->last_error, 300),
                 "tocsin collect " + printable(source.id, 40));
    else if (state->last_success && *state->last_success + 2 * source.cadence < context.clock->now())
      report.add("source " + printable(source.id, 40), Health::warning,
                 "last answered " + ago(*state->last_success, context.clock->now()), "tocsin collect --due");
    if (state->last_success) ++asked;
  }
  report.add("sources", asked == 0 ? Health::warning : Health::good,
             std::to_string(on) + " on, " + std::to_string(asked) + " have answered",
             asked == 0 ? "tocsin collect" : "");
}

Exit run(Context& context) {
  Report report(context);
  if (std::getenv("TOCSIN_NOW") != nullptr)
    report.add("clock", Health::warning, "TOCSIN_NOW fixes the time", "unset it outside of demos and tests");
  auto workspace = context.open();
  if (!workspace) {
    report.add("workspace", Health::bad, printable(workspace.error().message(), 400));
    return report.print();
  }
  const store::StoreInfo info = (*workspace)->store().info();
  report.add("store", Health::good,
             info.backend + ", schema " + std::to_string(info.schema) + ", " + printable(info.origin, 80));
  for (const Error& problem : (*workspace)->config().problems)
    report.add("tocsin.toml", Health::warning, printable(problem.message(), 300),
               "mend it; the rest of the file holds");
  if ((*workspace)->config().people.empty())
    report.add("people", Health::warning, "nobody in [people]: nothing can be decided", "add yourself to tocsin.toml");
  if ((*workspace)->config().contact.empty())
    report.add("contact", Health::warning, "sources cannot reach anybody", "set [organisation] contact in tocsin.toml");
  check_key(report, (*workspace)->folder());

  auto estate = (*workspace)->estate();
  if (!estate) {
    report.add("estate", Health::bad, printable(estate.error().message(), 400), "mend estate.yaml");
  } else {
    for (const Error& problem : (*estate)->problems)
      report.add("estate", Health::warning, printable(problem.message(), 300), "mend it; the rest holds");
    std::size_t untold = 0;
    for (const estate::Asset& asset : (*estate)->assets) untold += (asset.model && asset.exposure.empty()) ? 1 : 0;
    if ((*estate)->assets.empty())
      report.add("estate", Health::warning, "empty: nothing can apply", "write estate.yaml, or tocsin estate add");
    else
      report.add("estate", Health::good,
                 std::to_string((*estate)->assets.size()) + " assets, " + std::to_string((*estate)->problems.size()) +
                     " problems");
    if (untold > 0)
      report.add("exposure", Health::warning, std::to_string(untold) + " models do not say who reaches them",
                 "exposure: in estate.yaml; answers become sharper");
  }

  auto reader = (*workspace)->store().read();
  if (!reader) return context.fail(reader.error());
  check_sources(report, **workspace, **reader, context);
  auto counts = (*reader)->counts();
  if (!counts) return context.fail(counts.error());
  report.add("items", counts->stale > 0 ? Health::warning : Health::good,
             std::to_string(counts->items) + " items, " + std::to_string(counts->stale) + " not judged yet, " +
                 std::to_string(counts->open) + " open",
             counts->stale > 0 ? "tocsin assess" : "");
  auto size = (*reader)->ledger_size();
  if (!size) return context.fail(size.error());
  report.add("ledger", Health::good, std::to_string(*size) + " entries", "tocsin ledger verify checks them all");
  return report.print();
}

}  // namespace

extern const Command doctor;
const Command doctor{"doctor",  "Start", "checks of the workspace, and how to mend what is wrong", "", {},
                     kExamples, run};

}  // namespace tocsin::cli::commands
