// read_estate on any estate.yaml: an estate that can be written and read again, or an error that says where.
#include "estate/read.hpp"

#include "../base/expect.hpp"
#include "estate/write.hpp"

using namespace tocsin;
using namespace tocsin::estate;
using Files = std::map<std::string, std::string, std::less<>>;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1 << 15) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = [](const std::string& yaml) {
    return read_estate(MemoryReader(Files{{"estate.yaml", yaml}, {"requirements.txt", "alpha==1\n"}}));
  };
  const Result<Estate> first = read(text);
  if (!first) {
    TOCSIN_EXPECT(!first.error().what.empty() && first.error().where.starts_with("estate.yaml"));
    return 0;
  }
  std::vector<Asset> assets = first->assets;
  for (Asset& asset : assets)
    if (asset.library) asset.library->pins.clear();  // written as a path, or as text that pip reads and we may not
  const Result<Estate> second = read(write_estate(assets));
  TOCSIN_EXPECT(second);
  TOCSIN_EXPECT(second->assets.size() == assets.size());
  for (const Asset& asset : assets) TOCSIN_EXPECT(second->find(asset.name) != nullptr);
  return 0;
}
