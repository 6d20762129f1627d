// The 24,771 objects of ATT&CK enterprise taken in for good (parse, check, snapshot, records, fold, ledger, commit),
// against the least that a database could do with the same bytes: one prepared insert into one table (rowid, 16-byte
// UNIQUE id, body), same pragmas, one transaction.
//   bench_ingest ATTACK.json.xz
#include <archive.h>
#include <archive_entry.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/file.hpp"
#include "base/uuid.hpp"
#include "cycle/collect.hpp"
#include "exchange/stix.hpp"
#include "timing.hpp"

namespace {

using namespace tocsin;
namespace fs = std::filesystem;

std::string unpacked(const char* file) {
  archive* in = archive_read_new();
  archive_read_support_filter_xz(in);
  archive_read_support_format_raw(in);
  std::string out;
  archive_entry* entry = nullptr;
  if (archive_read_open_filename(in, file, 1 << 16) == ARCHIVE_OK &&
      archive_read_next_header(in, &entry) == ARCHIVE_OK) {
    std::string buffer(1 << 16, '\0');
    for (la_ssize_t n = 0; (n = archive_read_data(in, buffer.data(), buffer.size())) > 0;)
      out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  archive_read_free(in);
  return out;
}

double raw_insert(const fs::path& file, const std::vector<std::string_view>& bodies) {
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  sqlite3_exec(db,
               "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE o(row INTEGER PRIMARY KEY, id BLOB "
               "UNIQUE, body BLOB) STRICT;",
               nullptr, nullptr, nullptr);
  sqlite3_stmt* insert = nullptr;
  const double time = bench::seconds([&] {
    sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(db, "INSERT INTO o(id, body) VALUES(?, ?)", -1, &insert, nullptr);
    std::size_t n = 0;
    for (std::string_view body : bodies) {
      const Uuid id = uuid_v5(tocsin_namespace(), std::to_string(n++));
      sqlite3_bind_blob(insert, 1, id.bytes.data(), 16, SQLITE_TRANSIENT);
      sqlite3_bind_blob(insert, 2, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
  });
  sqlite3_close(db);
  return time;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "bench_ingest ATTACK.json.xz\n"), 2;
  const fs::path folder = fs::temp_directory_path() / ("tocsin-bench-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "attack.json";
  std::vector<double> raw;
  std::size_t objects = 0;
  {
    const std::string text = unpacked(argv[1]);
    if (!write_new_file(file, text)) return 1;
    std::vector<std::string_view> bodies;
    const auto walked = for_each_element(text, "objects", [&](std::string_view body, std::uint64_t) -> Result<> {
      bodies.push_back(body);
      return {};
    });
    if (!walked) return std::fprintf(stderr, "%s\n", walked.error().message().c_str()), 1;
    objects = bodies.size();
    for (int i = 0; i < 3; ++i) raw.push_back(raw_insert(folder / ("raw" + std::to_string(i) + ".db"), bodies));
  }
  const double before = bench::peak_megabytes();
  std::vector<double> ours;
  for (int i = 0; i < 3; ++i) {
    auto workspace = cycle::Workspace::create(folder / ("ws" + std::to_string(i)), {cycle::first_config("bench"), ""},
                                              system_clock(), system_random());
    if (!workspace) return std::fprintf(stderr, "%s\n", workspace.error().message().c_str()), 1;
    Result<cycle::CollectReport> report = fail(Code::internal, "not run");
    ours.push_back(
        bench::seconds([&] { report = cycle::import_files(**workspace, {file.string()}, "attack", no_progress()); }));
    if (!report) return std::fprintf(stderr, "%s\n", report.error().message().c_str()), 1;
    // The answer first: every object kept once, every listed one an item.
    if (report->counts.objects_added + report->counts.objects_conflict + report->counts.objects_unchanged != objects ||
        report->counts.rejected != 0)
      return std::fprintf(stderr, "not every object was kept\n"), 1;
    auto verified = (*workspace)->store().verify({});
    if (!verified || !verified->holds()) return std::fprintf(stderr, "the ledger does not hold\n"), 1;
  }
  const auto a = bench::spread(raw), b = bench::spread(ours);
  std::printf("%zu objects: raw insert %.3f s (%.3f to %.3f), tocsin %.3f s (%.3f to %.3f)\n", objects, a.median,
              a.least, a.most, b.median, b.least, b.most);
  std::printf("peak memory %.0f MB (before our part, with the text twice: %.0f MB)\n", bench::peak_megabytes(), before);
  bench::Goals goals;
  goals.at_least("rate of tocsin to raw insert, medians", 100 * a.median / b.median, 30, "%");
  goals.at_most("peak memory", bench::peak_megabytes(), 300, "MB");
  fs::remove_all(folder);
  return goals.exit_code();
}
