// The samples of ../shared/data/models: every malicious file is found, no benign one is above `info`, and nothing is passed
// over in silence.
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "corpus.hpp"
#include "scans.hpp"

namespace tocsin {
namespace {

TEST(ModelCorpus, EveryMaliciousFileIsFoundAndNoBenignOneIsAboveInfo) {
  TOCSIN_NEEDS_CORPUS(corpus);
  const auto manifest = read_file(corpus / "models" / "manifest.tsv", 16u << 20);
  ASSERT_TRUE(manifest) << manifest.error().message();
  std::size_t malicious = 0, benign = 0;
  for (const auto line : split_lines(*manifest)) {
    const auto fields = split(line, '\t');
    if (fields.size() < 4 || fields[0] == "file") continue;
    const auto report = scan::models::scan_file(corpus / "models" / fields[0], tests::names());
    const bool alarm = report.worst() > scan::Severity::info;
    if (fields[1] == "malicious") {
      ++malicious;
      EXPECT_TRUE(alarm) << "missed: " << fields[0] << " (" << fields[3] << ")\n" << tests::told(report);
    } else {
      ++benign;
      EXPECT_FALSE(alarm) << "false alarm: " << fields[0] << "\n" << tests::told(report);
    }
  }
  EXPECT_GT(malicious, 100u);
  EXPECT_GT(benign, 100u);
}

}  // namespace
}  // namespace tocsin
