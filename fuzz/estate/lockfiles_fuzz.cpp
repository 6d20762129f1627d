// Every reader of lockfiles on any bytes: pins with names and places, problems with words, nothing secret kept. The first
// byte says under which name the rest is read.
#include <array>

#include "../base/expect.hpp"
#include "estate/credentials.hpp"
#include "estate/lockfiles.hpp"

using namespace tocsin;
using namespace tocsin::estate;
using Files = std::map<std::string, std::string, std::less<>>;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 1 << 15) return 0;
  // Letters, so that seeds are texts: 'a' is poetry.lock.
  constexpr std::array kNames = {"poetry.lock",       "uv.lock",        "pdm.lock",    "Pipfile.lock",
                                 "pylock.toml",       "pyproject.toml", "conda.yml",   "conda-lock.yml",
                                 "package-lock.json", "app.cdx.json",   "a.spdx.json", "site-packages",
                                 "requirements.txt",  "x.json",         "x.lock",      "x.yml"};
  const std::string name = kNames[static_cast<std::size_t>(data[0] - 'a') % kNames.size()];
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Files files;
  if (name == "site-packages") {
    files["site-packages/a-1.dist-info/METADATA"] = text;
    files["site-packages/a-1.dist-info/direct_url.json"] = text.substr(text.size() / 2);
  } else {
    files[name] = text;
  }
  const Lockfile read = read_lockfile(MemoryReader(std::move(files)), name);
  for (const Pin& pin : read.pins) {
    TOCSIN_EXPECT(pin.place.line != 0 && !pin.place.file.empty());
    TOCSIN_EXPECT(pin.version.value_or("x") != "");
    TOCSIN_EXPECT(without_credentials(pin.specifier) == pin.specifier);
    TOCSIN_EXPECT(!pin.ecosystem.empty() && (!pin.name.empty() || pin.kind != "registry"));
    const Result<Pin> back = pin_from_json(to_json(pin, Places::with));
    TOCSIN_EXPECT(back && to_json(*back, Places::with) == to_json(pin, Places::with));
  }
  for (const Error& error : read.problems) TOCSIN_EXPECT(!error.what.empty());
  for (const ReadFile& file : read.files) TOCSIN_EXPECT(sha256(file.content) == file.digest);
  return 0;
}
