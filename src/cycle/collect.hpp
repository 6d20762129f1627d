// One collection run: fetch or read, parse, keep the bytes, commit the batch with its cursor, fold. Judging comes after
// (cycle/assess.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "cycle/sources.hpp"
#include "cycle/workspace.hpp"

namespace tocsin::cycle {

// What one run may hold in memory until it is committed: bytes of documents as they were read. Four documents of the
// largest size; their records come on top of it.
inline constexpr std::uint64_t kMaxGathered = std::uint64_t{4} << 30;
struct Limits {
  // The document that would go beyond it is a reject, and the run ends there as `partial`: what came before is kept.
  std::uint64_t gathered_bytes = kMaxGathered;
};

struct CollectReport {
  std::string source;
  store::Outcome outcome = store::Outcome::complete;
  std::string error;  // of a partial or failed run
  std::string hint;   // what else can be done then; may be ""
  store::RunCounts counts;
  std::size_t documents = 0;
  std::size_t not_modified = 0;  // replies that said so
  std::vector<store::Reject> rejects;
  std::vector<std::string> notes;  // of the parsers, and files of a folder that were not for this source
  std::size_t skipped = 0;         // those files
  store::Folding folding;
  std::vector<std::string> contested;  // names of items that wait for a person: their aliases contradict each other
};

// Live, from the source's own address. The report says what came; a source that did not answer is a failed run, kept in
// the store. An error only when the store could not be written.
Result<CollectReport> collect(Workspace& workspace, const Source& source, Progress& progress,
                              const Limits& limits = {});

// `refused` when `from` is a path and leads to nothing: somebody mistyped it, and no source has failed.
Result<> check_path(const std::string& from);
// From a file, a folder or a URL instead: every file of the folder that is for this source. Cursor and validators stay
// as they are. `failed` when nothing there is for this source; a document of its format that is empty is no failure.
// Nothing is recorded where check_path() refuses.
Result<CollectReport> collect_from(Workspace& workspace, const Source& source, const std::string& from,
                                   Progress& progress, const Limits& limits = {});

// Files of any kind that tocsin reads: STIX 2.1, or what one of the sources reads. Recorded under the source `import`
// (or `as`). `failed` when none of the files could be read, `partial` when some could not. Nothing is recorded, and
// nothing imported, where check_path() refuses one of them.
Result<CollectReport> import_files(Workspace& workspace, const std::vector<std::string>& files, std::string_view as,
                                   Progress& progress, const Limits& limits = {});

// `refused` for a name that `import --as` cannot record under: what is no plain word, and a source of the catalogue,
// whose records are its own.
Result<> check_import_name(const Workspace& workspace, std::string_view as);

// Documents from memory, for what ships inside the program: {name, bytes}.
Result<CollectReport> collect_documents(Workspace& workspace, const Source& source,
                                        std::vector<std::pair<std::string, std::string>> documents, Progress& progress);

// What `collect --from` would bring, without a workspace's store: for `source try`.
struct Trial {
  collect::Findings findings;
  std::size_t documents = 0;
  std::vector<std::string> skipped;
  std::string error;  // of the fetch, when it stopped early
};
Result<Trial> try_source(Workspace& workspace, const Source& source, const std::string& from_or_empty,
                         Progress& progress);

// A join or a parting said by a person, and the folding that follows.
Result<store::Folding> bond(Workspace& workspace, const intel::Bond& bond, std::string_view by, const Foreign& reason);

}  // namespace tocsin::cycle
