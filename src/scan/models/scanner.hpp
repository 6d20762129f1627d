// Scans one model file: any format, nothing loaded, nothing executed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "scan/finding.hpp"
#include "scan/mapped.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/names.hpp"

namespace tocsin::scan::models {

struct Options {
  Limits limits;
  bool hash = true;      // SHA-256 of the whole file
  bool streams = false;  // digests of each pickle in it (Report::streams)
  // What is known: a file, or a pickle in it, that is one of these is a finding. Outlives the scan; wants `hash`.
  const Indicators* indicators = nullptr;
  // Told of bytes that were read since it was last told, in large files only; from any thread, one at a time for a file.
  std::function<void(std::uint64_t bytes)> on_read;
};

// Thread-safe; `names` outlives it. Whatever the file is, a report comes back: what could not be read is in it.
Report scan_bytes(std::string path, std::span<const std::byte> bytes, const Names& names, const Options& options = {});
Report scan_file(const std::filesystem::path& path, const Names& names, const Options& options = {});
// A file that is open already; `path` is printable.
Report scan_mapped(std::string path, const Mapped& file, const Names& names, const Options& options = {});

}  // namespace tocsin::scan::models
