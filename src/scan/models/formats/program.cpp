// Programs: for Linux, Windows and macOS, scripts with an interpreter, Java, WebAssembly, compiled Python. As a whole file
// they pose as a model; inside an archive they are what a loader or a runtime may run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

struct Program {
  std::string what;
  bool script = false;
  bool device = false;   // for a GPU: not run by this machine's processor
  bool carries = false;  // made to be run, with its model inside
};

std::uint64_t number(const Part& part, std::uint64_t at, unsigned size, bool big = false) {
  std::uint64_t out = 0;
  if (at > part.size() || part.size() - at < size) return 0;
  for (unsigned i = 0; i < size; ++i) out |= static_cast<std::uint64_t>(part[at + i]) << (8 * (big ? size - 1 - i : i));
  return out;
}

// Weights inside archives begin with any bytes: every mark is followed up until chance is out of the question.
std::optional<Program> program_of(const Part& part) {
  const std::string_view text = part.text();
  if (text.starts_with("\x7f"
                       "ELF") &&
      part.size() >= 20 && (part[4] == 1 || part[4] == 2) && (part[5] == 1 || part[5] == 2)) {
    const auto type = number(part, 16, 2, part[5] == 2);
    const auto machine = number(part, 18, 2, part[5] == 2);
    const bool device = machine == 190 || machine == 224;  // NVIDIA CUDA, AMD GPU
    return Program{device      ? "code for a GPU (ELF)"
                   : type == 3 ? "a shared library or program for Linux (ELF)"
                   : type == 1 ? "object code (ELF)"
                               : "a program for Linux (ELF)",
                   false, device};
  }
  if (text.starts_with("MZ") && part.size() >= 64) {
    const auto pe = number(part, 0x3c, 4);
    if (pe + 4 <= part.size() && text.substr(pe, 4) == std::string_view("PE\0\0", 4)) {
      // Optional header: the 15th directory is that of .NET.
      const bool plus = number(part, pe + 24, 2) == 0x20b;
      const bool managed = number(part, pe + 24 + (plus ? 112 : 96) + 14 * 8, 4) != 0;
      return Program{managed                                    ? "a .NET assembly (PE)"
                     : (number(part, pe + 22, 2) & 0x2000) != 0 ? "a library for Windows (DLL)"
                                                                : "a program for Windows (PE)"};
    }
    if (text.starts_with("MZqFpD='") || text.starts_with("MZQFPD"))
      return Program{"a program for every system, with its model inside (llamafile)", false, false, true};
    if (part.depth == 0 && part.whole && number(part, 2, 2) < 512 && number(part, 8, 2) >= 2 &&
        number(part, 8, 2) < 4096)
      return Program{"a program for DOS or Windows (MZ)"};
  }
  for (const bool big : {false, true}) {
    const auto magic = number(part, 0, 4, big);
    if ((magic == 0xfeedface || magic == 0xfeedfacf) && part.size() >= 28 && number(part, 12, 4, big) >= 1 &&
        number(part, 12, 4, big) <= 12 && number(part, 16, 4, big) < 10000)
      return Program{"a program for macOS (Mach-O)"};
  }
  if (number(part, 0, 4, true) == 0xcafebabe && part.size() >= 8) {
    const auto second = number(part, 4, 4, true);
    if (second >= 45 && (second & 0xffff) < 100) return Program{"a Java class"};
    if (second >= 1 && second < 20) return Program{"a program for macOS (Mach-O)"};
  }
  if (text.starts_with(std::string_view("\0asm\1\0\0\0", 8))) return Program{"a WebAssembly module"};
  if (text.starts_with("dex\n03") && part.size() > 112) return Program{"an Android program (DEX)"};
  if (text.starts_with("!<arch>\n") && part.size() > 68) return Program{"a library of object code"};
  if (text.starts_with(std::string_view("L\0\0\0\1\x14\2\0", 8))) return Program{"a shortcut of Windows"};
  // Compiled Python: version of the bytecode, "\r\n", then flags, date and size, or a digest, and a code object.
  if (part.size() > 20 && text.substr(2, 2) == "\r\n" && number(part, 0, 2) >= 3000 && number(part, 0, 2) < 3900 &&
      number(part, 4, 4) <= 3 && (part[16] == 0xe3 || part[16] == 0x63))
    return Program{"compiled Python (.pyc)"};
  if (part.size() > 16 && text.substr(2, 2) == "\r\n" && number(part, 0, 2) >= 60000 && part[8] == 0x63)
    return Program{"compiled Python 2 (.pyc)"};
  if (text.starts_with("#!")) {
    const auto line = text.substr(2, std::min<std::size_t>(text.find_first_of("\r\n", 2), 200) - 2);
    const auto path = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    // Inside an archive Python is what handlers are written in: its source is read instead (formats/python.cpp).
    const bool python = part.depth > 0 && path.find("python") != std::string_view::npos;
    if (!python && path.starts_with('/') &&
        std::all_of(path.begin(), path.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
      return Program{"a script for " + printable(path, 60), true};
  }
  for (const std::string_view begin :
       {"@echo off", "@ECHO OFF", "@Echo off", "powershell ", "powershell.exe ", "cmd /c ", "cmd.exe /c ", "<?php"})
    if (text.starts_with(begin)) return Program{"a script", true};
  return std::nullopt;
}

Fit fits(const Part& part) {
  const auto program = part.size() >= 8 ? program_of(part) : std::nullopt;
  if (!program) return Fit::no;
  return program->script ? Fit::maybe : Fit::sure;  // a script is text as well: its source may be read
}

// A program poses as a model when it has the name of one; beside a model it lies for people to run.
bool is_named_as_model(std::string_view path) {
  static constexpr std::array<std::string_view, 24> kEndings = {
      ".bin",         ".pt",   ".pth",  ".ckpt", ".pkl",  ".pickle", ".joblib",  ".dill",
      ".safetensors", ".gguf", ".ggml", ".onnx", ".h5",   ".keras",  ".hdf5",    ".pb",
      ".tflite",      ".npy",  ".npz",  ".mar",  ".nemo", ".model",  ".msgpack", ".pte"};
  const std::string name = to_lower(path.substr(path.size() - std::min<std::size_t>(path.size(), 16)));
  return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

// Nobody takes it for a model: it has the name of what it is.
bool is_named_as_program(std::string_view path) {
  static constexpr std::array<std::string_view, 12> kEndings = {".so",   ".exe", ".dll",   ".dylib", ".o",  ".a",
                                                                ".wasm", ".pyc", ".class", ".pyd",   ".ko", ".pyo"};
  const std::string name = to_lower(path.substr(path.rfind('/') + 1));
  return name.find(".so.") != std::string::npos ||
         std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

bool scan_program(Scan& scan, const Part& part) {
  const auto program = program_of(part);
  if (!program) return false;
  if (part.depth > 0) {
    scan.find(rules::native_code, program->device ? Severity::info : Severity::suspicious,
              "it carries " + program->what, {part.member, 0, {}});
    return true;
  }
  const std::string& path = scan.report().path;
  const Severity severity = is_named_as_model(path)
                                ? (program->device || program->carries ? Severity::suspicious : Severity::malicious)
                            : program->script || is_named_as_program(path) ? Severity::info
                                                                           : Severity::suspicious;
  scan.find(rules::not_a_model, severity, "the file is " + program->what, {part.member, 0, {}});
  return true;
}

}  // namespace

extern const Format program;
const Format program{"program", "program", fits, scan_program};

}  // namespace tocsin::scan::models::formats
