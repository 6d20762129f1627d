// Many files at once: paths and folders in, a report for each file out, in the order of the paths whatever thread was first.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "scan/manifest.hpp"
#include "scan/models/scanner.hpp"
#include "scan/reports.hpp"

namespace tocsin::scan::models {

struct Request {
  // Files and folders; "-" is the standard input. Folders are walked; links to files are followed (hub caches are made of
  // them), links to folders outside are told, not followed; each file is scanned once, however many names lead to it.
  std::vector<std::filesystem::path> paths;
  // More of them, from a list: what has another digest than is listed is a finding (Options::hash is needed for that).
  std::vector<Listed> listed;
  Options options;
  unsigned threads = 0;  // 0: as many as there are processors
};

// What cannot be read (a missing path, a folder without permission, a pipe) is a report with an error. Never fails.
// For programs of our own: it takes SIGSEGV (window.hpp), so that files of any size fit into 64 MB.
std::vector<Report> run(const Request& request, const Names& names, Progress& progress);

}  // namespace tocsin::scan::models
