// Every format on any bytes: the first byte of the input chooses what the rest begins with.
#include <vector>

#include "reports.hpp"

namespace {

using namespace tocsin;
using namespace tocsin::scan;
using namespace std::string_literals;

std::string number(std::uint64_t value, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

// A tar head with the checksum it needs; the name and the size are the input's.
std::string tar(std::string_view bytes) {
  std::string head(512, '\0');
  for (std::size_t i = 0; i < bytes.size() && i < 148; ++i) head[i] = bytes[i];
  for (std::size_t i = 148; i < bytes.size() && i < 512; ++i) head[i] = bytes[i];
  head.replace(257, 8, "ustar\00000", 8);
  head.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  std::string digits(6, '0');
  for (int i = 5; i >= 0; --i, sum >>= 3) digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + (sum & 7));
  head.replace(148, 8, digits + "\0 "s);
  return head + std::string(bytes.substr(std::min<std::size_t>(bytes.size(), 512)));
}

std::string made(std::uint8_t choice, std::string_view rest) {
  static const std::vector<std::string> kBegin = {
      "",
      "\x80\x04",
      "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
      "PK\3\4",
      "\x1f\x8b\x08",
      "\x78\x9c",
      "BZh9",
      "\xfd\x37\x7a\x58\x5a\x00"s,
      "\x5d\x00\x00\x80\x00"s,
      "\x28\xb5\x2f\xfd",
      "\x04\x22\x4d\x18",
      "ZF0x0000000000000020 ",
      "7z\xbc\xaf\x27\x1c",
      "Rar!\x1a\x07",
      "MSCF\0\0\0\0"s,
      "070701",
      "\x93NUMPY\x01\x00"s,
      "\x93NUMPY\x01\x00\x76\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"s,
      "\x89HDF\r\n\x1a\n",
      "\x89HDF\r\n\x1a\n\x00\x00\x00\x00\x00\x08\x08\x00\x04\x00\x10\x00"s,
      "\x89HDF\r\n\x1a\n\x02\x08\x08\x00"s,
      "{\"class_name\": \"Sequential\", \"config\": {\"layers\": [",
      "{\"class_name\": \"Functional\", \"config\": ",
      "{\"auto_map\": ",
      "{\"chat_template\": \"",
      "{\"architectures\": [\"A\"], ",
      "_target_: ",
      "!!python/object/apply:",
      "<?xml version=\"1.0\"?><PMML ",
      "GGUF\x03\0\0\0"s,
      "GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\0\0\0\0tokenizer.chat_template\x08\0\0\0"s,
      "\x08\x01\x12",
      "\x0a\x04test\x12",
      "\x08\x07\x12\x04test:",
      "\x1c\0\0\0TFL3"s,
      "\x1c\0\0\0ET12"s,
      "\x7f"
      "ELF",
      "MZ",
      "#!/bin/sh\n",
      "{% for m in messages %}",
      "{{ ",
      "node {\n  op: \"",
      "import os\n",
      "{L\0\0\0\0\0\0\0\x07learner{"s,
      "{i\x05Model["s,
      "binf" + std::string(136, '\0'),
      "CBM1\x60\0\0\0\x10\0\0\0"s,
      "\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\2\x0a\x09\x0a\x03<s>\x15\0\0\0\0\x0a\x0a\x0a\x04</s>\x15\0\0\0\0"s,
  };
  const std::size_t n = kBegin.size();
  const std::size_t i = choice % (n + 4);
  if (i < n) return kBegin[i] + std::string(rest);
  if (i == n) return tar(rest);
  if (i == n + 3) return std::string(rest) + number(0xdb4775248b80fb57, 8);  // the index of a checkpoint
  // safetensors: a length that fits, and one that the input says.
  const std::size_t header = std::min<std::size_t>(rest.size(), 2000);
  if (i == n + 1) return number(header + 1, 8) + "{" + std::string(rest);
  return number(static_cast<unsigned char>(rest.empty() ? 0 : rest[0]), 8) + "{\"" + std::string(rest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes = made(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  const Report report = scanned(bytes);
  check(report, bytes.size());
  return 0;
}
