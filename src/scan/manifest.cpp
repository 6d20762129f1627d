#include "scan/manifest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/foreign.hpp"
#include "base/text.hpp"

namespace tocsin::scan {
namespace {

constexpr std::uint64_t kListBytes = 256u << 20;
constexpr std::size_t kListProblems = 100;

bool is_hex(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
  });
}

// coreutils, digest.c: a backslash before the line says that the name has \n, \r and \\ for these bytes.
std::optional<std::string> unescaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\') {
      out += name[i];
      continue;
    }
    if (++i == name.size()) return std::nullopt;
    if (name[i] != '\\' && name[i] != 'n' && name[i] != 'r') return std::nullopt;
    out += name[i] == 'n' ? '\n' : name[i] == 'r' ? '\r' : '\\';
  }
  return out;
}

class Lines {
 public:
  Lines(Manifest& out, std::string_view file_name) : out_(out), file_(file_name) {}

  void line(std::string_view text, std::uint32_t number, bool raw) {
    if (text.empty() || text[0] == '#') return;
    Listed listed;
    listed.where = fmt::format("{}:{}", file_, number);
    const bool escaped = !raw && text[0] == '\\';
    const std::string_view rest = escaped ? text.substr(1) : text;
    std::string_view name = text;
    if (rest.starts_with("SHA256 (") && rest.rfind(") = ") != std::string_view::npos) {
      // BSD: SHA256 (name) = digest
      const std::size_t end = rest.rfind(") = ");
      const auto digest = parse_digest(to_lower(trim(rest.substr(end + 4))));
      if (!digest) return problem(number, "no SHA-256 behind the name");
      listed.sha256 = *digest;
      name = rest.substr(8, end - 8);
    } else if (const std::size_t blank = rest.find(' ');
               blank != std::string_view::npos && blank + 2 < rest.size() + 1 && is_hex(rest.substr(0, blank))) {
      // GNU: digest, a blank, a blank or an asterisk, the name.
      const bool two = blank + 1 < rest.size() && (rest[blank + 1] == ' ' || rest[blank + 1] == '*');
      if (blank == 64 && two) {
        listed.sha256 = *parse_digest(to_lower(rest.substr(0, 64)));
        name = rest.substr(blank + 2);
      } else if (two && (blank == 32 || blank == 40 || blank == 56 || blank == 96 || blank == 128)) {
        return problem(number, "a digest that is no SHA-256");
      }
    }
    listed.path = name;
    if (escaped && listed.sha256) {
      auto plain = unescaped(name);
      if (!plain) return problem(number, "a name with escapes that sha256sum does not write");
      listed.path = std::move(*plain);
    }
    if (listed.path.empty()) return problem(number, "no name");
    if (listed.path.find('\0') != std::string::npos) return problem(number, "a name with a NUL");
    // In a list it is a name like another.
    if (listed.path == "-") listed.path = "./-";
    out_.files.push_back(std::move(listed));
  }

 private:
  void problem(std::uint32_t number, std::string what) {
    ++out_.bad_lines;
    if (out_.problems.size() < kListProblems)
      out_.problems.push_back({Code::malformed, std::move(what), std::string(file_), {}, number, {}});
  }
  Manifest& out_;
  std::string_view file_;
};

}  // namespace

Manifest parse_manifest(std::string_view text, std::string_view file_name) {
  Manifest out;
  Lines lines(out, file_name);
  const bool nul = text.find('\0') != std::string_view::npos;
  if (!nul && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(nul ? '\0' : '\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!nul && line.ends_with('\r')) line.remove_suffix(1);
    lines.line(line, ++number, nul);
  }
  return out;
}

Result<Manifest> read_manifest(const std::filesystem::path& file) {
  if (file != "-") {
    TOCSIN_TRY(const std::string text, read_file(file, kListBytes));
    return parse_manifest(text, printable(file.native(), 4096));
  }
  std::string text;
  for (;;) {
    const std::size_t have = text.size();
    text.resize(have + (1u << 16));
    const ssize_t n = ::read(STDIN_FILENO, text.data() + have, text.size() - have);
    text.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      Failure failure = fail(Code::unavailable, "cannot be read: " + std::generic_category().message(errno));
      failure.value().where = "-";
      return failure;
    }
    if (n == 0) break;
    if (text.size() > kListBytes) {
      Failure failure = fail(Code::refused, "is larger than 256 MB");
      failure.value().where = "-";
      return failure;
    }
  }
  return parse_manifest(text, "-");
}

}  // namespace tocsin::scan
