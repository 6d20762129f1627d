// Scanning bytes made by a test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "scan/models/scanner.hpp"

namespace tocsin::tests {

inline const scan::models::Names& names() {
  static const scan::models::Names names{knowledge::Knowledge()};
  return names;
}

inline scan::Report scan_text(std::string_view bytes) {
  return scan::models::scan_bytes("test", std::as_bytes(std::span(bytes.data(), bytes.size())), names());
}

inline bool found(const scan::Report& report, std::string_view rule) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const scan::Finding& finding) { return finding.rule->id == rule; });
}

// What was found, a line each: for messages of failures.
inline std::string told(const scan::Report& report) {
  std::string out;
  for (const auto& finding : report.findings)
    out += std::string(to_string(finding.severity)) + " " + std::string(finding.rule->id) + ": " + finding.what + " [" +
           finding.place.member + "]\n";
  for (const auto& unread : report.unread) out += "unread " + unread.member + ": " + unread.why + "\n";
  return out;
}

}  // namespace tocsin::tests
