// Runs in the build: checks knowledge/*.yaml and writes them as constant tables.
//   tocsin-knowledge OUT.cpp FILE.yaml…      1 when a file is wrong: each problem as file:line: sentence
#include <cstdio>
#include <string>

#include "base/file.hpp"
#include "knowledge/facts.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: tocsin-knowledge OUT.cpp FILE.yaml...\n", stderr);
    return 2;
  }
  tocsin::knowledge::Facts facts;
  for (int i = 2; i < argc; ++i) {
    auto text = tocsin::read_file(argv[i], 16u << 20);
    if (!text) {
      std::fprintf(stderr, "%s\n", text.error().message().c_str());
      return 1;
    }
    facts.read(argv[i], *text);
  }
  facts.check();
  for (const auto& error : facts.errors()) std::fprintf(stderr, "%s\n", error.message().c_str());
  if (!facts.errors().empty()) return 1;
  const std::string out = tocsin::knowledge::as_cpp(facts.tables());
  if (const auto written = tocsin::write_file(argv[1], out); !written) {
    std::fprintf(stderr, "%s\n", written.error().message().c_str());
    return 1;
  }
  return 0;
}
