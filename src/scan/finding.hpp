// What a scan says: findings, what was read, what was not. Text in them that comes from the file has been made printable
// (base/foreign.hpp): it can be shown, logged and put into JSON as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace tocsin::scan {

enum class Severity : std::uint8_t {
  info,        // worth knowing; fails nothing
  suspicious,  // cannot be shown to be harmless
  malicious,   // harms whoever loads it
};
std::string_view to_string(Severity severity);

// A rule is known by its id for life: ids are in suppressions, baselines and other people's tools. docs/rules/<id>.md is
// its page.
struct Rule {
  std::string_view id;  // "pickle-dangerous-call"
  std::string_view title;
  Severity severity = Severity::suspicious;
  std::string_view consequence;  // what happens to whoever loads the file; one sentence, no full stop
  std::string_view next;         // what to do
  std::string_view technique;    // ATLAS
  // It tells of something that could not be read: below the severity that fails, it still makes the exit code 3.
  bool unread = false;
};

struct Place {
  std::string member;  // path inside the file: "archive/data.pkl", "a.tar!b.zip!c"; "" = the file itself
  std::optional<std::uint64_t> offset;  // byte in the member (in its unpacked form)
  std::string opcode;                   // "REDUCE", where there is such a thing
};

struct Finding {
  const Rule* rule = nullptr;  // never null; lives as long as the program
  Severity severity = Severity::suspicious;
  std::string what;  // one sentence about this case, no full stop
  std::string call;  // readable: os.system("id"); "" when nothing is called
  Place place;
  std::uint64_t times = 1;                // how often in this member; `place` is the first
  std::string reference;                  // where more is written about this very thing: an indicator's
  std::optional<std::size_t> suppressed;  // by this one of Run::suppressions: shown, and fails nothing
};

// Bytes that nobody looked into, and why.
struct Unread {
  std::string member;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string why;
};

// A pickle in the file: it has an identity of its own, whatever it is packed in (docs/formats/pickle-fingerprint.md).
struct Stream {
  std::string member;
  std::uint64_t begin = 0;        // in the member
  std::uint64_t end = 0;          // behind STOP; where it breaks off: the end of the member
  std::optional<Digest> sha256;   // of these bytes
  std::optional<Digest> opcodes;  // without constants: survives other strings
  std::uint64_t counted = 0;      // opcodes in that
};

struct Report {
  std::string path;   // as given, printable
  std::string given;  // the same as its bytes are: to compare, never to show
  std::uint64_t bytes = 0;
  std::vector<std::string> formats;  // "torch-zip", "pickle": what it was read as, outermost first
  std::vector<Finding> findings;     // by severity, then place
  std::uint64_t left_out = 0;        // findings beyond the limit: none of them is worse than those that were kept
  std::vector<Unread> unread;
  std::vector<Stream> streams;         // when they were asked for (models::Options); the first thousand
  std::uint64_t streams_left_out = 0;  // more of them: compared with the indicators, not kept
  std::optional<Digest> sha256;
  bool supported = true;       // false: no format fits
  std::optional<Error> error;  // the scan ended early

  std::optional<std::size_t> unread_suppressed;  // that a part was not read is known (Run::suppressions)

  Severity worst() const;  // of what is not suppressed; info when there is nothing
  bool complete() const { return !error && unread.empty(); }
  void sort_findings();  // the worst first, then by place
};

}  // namespace tocsin::scan
