// Digests of what is known to be malicious, from a CSV file of other people: docs/formats/indicators.md. The rows may say
// anything; a bad one costs itself only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "scan/finding.hpp"

namespace tocsin::scan {

struct Indicator {
  enum class Kind : std::uint8_t {
    sha256,   // of a whole file, or of a pickle in it
    opcodes,  // of a pickle without its constants
  };
  Kind kind = Kind::sha256;
  Digest value;
  std::string name;  // printable, as are all texts here
  Severity severity = Severity::malicious;
  std::string reference;
  std::string where;  // "indicators.csv:12"
};

class Indicators {
 public:
  // `refused` or `unavailable` when the file cannot be read at all, `malformed` when its first line names no columns.
  static Result<Indicators> read(const std::filesystem::path& file);
  static Result<Indicators> parse(std::string_view csv, std::string_view file_name);

  // Those of this value, in the order of the file. Lives as long as this object.
  std::span<const Indicator> find(Indicator::Kind kind, const Digest& value) const;

  std::size_t size() const { return rows_.size(); }
  const std::vector<Error>& problems() const { return problems_; }  // file and line of each; at most kProblems
  std::uint64_t bad_rows() const { return bad_; }                   // all of them
  static constexpr std::size_t kProblems = 100;

 private:
  std::vector<Indicator> rows_;  // by kind and value
  std::vector<Error> problems_;
  std::uint64_t bad_ = 0;
};

}  // namespace tocsin::scan
