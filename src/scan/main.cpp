#include <cstdio>

#include "scan/models/scanner.hpp"

int main(int argc, char** argv) {
  using namespace tocsin;
  using namespace tocsin::scan;
  const models::Names names{knowledge::Knowledge()};
  int worst = 0;
  for (int i = 1; i < argc; ++i) {
    const Report report = models::scan_file(argv[i], names, {{}, false});
    std::string formats;
    for (const auto& f : report.formats) formats += " " + f;
    std::printf("%s:%s %s%s%s\n", report.path.c_str(), formats.c_str(), std::string(to_string(report.worst())).c_str(),
                report.supported ? "" : " unsupported", report.complete() ? "" : " incomplete");
    for (const Finding& f : report.findings)
      std::printf("  %s %s: %s%s%s [%s%s%s] x%lu\n", std::string(to_string(f.severity)).c_str(), std::string(f.rule->id).c_str(),
                  f.what.c_str(), f.call.empty() ? "" : " → ", f.call.c_str(), f.place.member.c_str(),
                  f.place.offset ? (" @" + std::to_string(*f.place.offset)).c_str() : "", (" " + f.place.opcode).c_str(), f.times);
    for (const Unread& u : report.unread) std::printf("  unread %s %lu-%lu: %s\n", u.member.c_str(), u.begin, u.end, u.why.c_str());
    if (report.error) std::printf("  error %s\n", report.error->message().c_str());
    worst = std::max(worst, static_cast<int>(report.worst()));
  }
  return worst > 0 ? 1 : 0;
}
