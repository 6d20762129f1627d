// What must hold of a scan's report, whatever the bytes were.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "../base/expect.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "scan/models/scanner.hpp"
#include "scan/reports.hpp"

// libFuzzer's own mutation, for the bytes of one argument.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace tocsin::scan {

inline const models::Names& fuzz_names() {
  static const models::Names names{knowledge::Knowledge()};
  return names;
}

inline Report scanned(std::string_view bytes) {
  models::Options options;
  options.hash = false;
  options.streams = true;
  // Small, so that the limits themselves are met.
  options.limits.unpacked_bytes = 64u << 20;
  options.limits.members = 200;
  options.limits.findings = 50;
  return models::scan_bytes("fuzz", std::as_bytes(std::span(bytes.data(), bytes.size())), fuzz_names(), options);
}

inline bool is_shown_as_it_is(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return true;
}

inline void check(const Report& report, std::uint64_t size) {
  TOCSIN_EXPECT(report.bytes == size);
  TOCSIN_EXPECT(report.findings.size() <= 60);
  Severity before = Severity::malicious;
  for (const Finding& finding : report.findings) {
    TOCSIN_EXPECT(finding.rule != nullptr && !finding.what.empty() && finding.times > 0);
    TOCSIN_EXPECT(is_shown_as_it_is(finding.what) && is_shown_as_it_is(finding.call));
    TOCSIN_EXPECT(is_shown_as_it_is(finding.place.member) && is_shown_as_it_is(finding.place.opcode));
    TOCSIN_EXPECT(finding.what.size() < 4096 && finding.call.size() < 4096);
    TOCSIN_EXPECT(finding.severity <= before);
    before = finding.severity;
  }
  for (const Unread& unread : report.unread) {
    TOCSIN_EXPECT(unread.begin < unread.end && !unread.why.empty());
    TOCSIN_EXPECT(is_shown_as_it_is(unread.member) && is_shown_as_it_is(unread.why));
  }
  for (const Stream& stream : report.streams) {
    TOCSIN_EXPECT(stream.begin <= stream.end && is_shown_as_it_is(stream.member));
    TOCSIN_EXPECT(stream.opcodes && stream.counted <= stream.end - stream.begin);
  }
  // What no format fits is no clean file.
  TOCSIN_EXPECT(report.supported || !report.complete());
  if (report.error) TOCSIN_EXPECT(!report.error->what.empty());
  if (size % 8 != 0) return;  // the forms of output cost more than the scan
  Run run;
  run.reports.push_back(report);
  for (const std::string_view form : {"json", "sarif"}) TOCSIN_EXPECT(parse_json(find_report(form)->write(run)));
  const std::string xml = find_report("junit")->write(run);
  TOCSIN_EXPECT(is_utf8(xml));
  for (const char c : xml) TOCSIN_EXPECT(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
  const std::string text = as_text(run, {80, false, true, true});
  for (const char c : text) TOCSIN_EXPECT(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

}  // namespace tocsin::scan
