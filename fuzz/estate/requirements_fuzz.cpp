// read_lockfile on any requirements file: pins with names and lines, problems with words, nothing secret kept.
#include "../base/expect.hpp"
#include "estate/credentials.hpp"
#include "estate/lockfiles.hpp"

using namespace tocsin;
using namespace tocsin::estate;
using Files = std::map<std::string, std::string, std::less<>>;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1 << 15) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // The second file is the other half of the text, so that includes and constraints are met.
  const MemoryReader reader(Files{{"requirements.txt", text}, {"c.txt", text.substr(size / 2)}});
  const Lockfile read = read_lockfile(reader, "requirements.txt");
  for (const Pin& pin : read.pins) {
    TOCSIN_EXPECT(pin.place.line != 0 && !pin.place.file.empty());
    TOCSIN_EXPECT(pin.version.value_or("x") != "");
    TOCSIN_EXPECT(without_credentials(pin.specifier) == pin.specifier);
  }
  for (const Error& error : read.problems) TOCSIN_EXPECT(!error.what.empty());
  for (const ReadFile& file : read.files) TOCSIN_EXPECT(sha256(file.content) == file.digest);
  return 0;
}
