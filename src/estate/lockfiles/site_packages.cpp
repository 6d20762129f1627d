// An installed environment: the folder site-packages (or dist-packages), with a folder NAME-VERSION.dist-info for each
// package (packaging.python.org, "Recording installed projects"), or NAME.egg-info of older tools. Only headers of the
// metadata and direct_url.json are read. docs/formats/lockfiles.md.
#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "estate/credentials.hpp"
#include "estate/harvest.hpp"

namespace tocsin::estate::lockfiles {
namespace {

constexpr std::size_t kMaxNames = 200'000;              // in the folder; a large environment has 2,000
constexpr std::uint64_t kMaxMetadataBytes = 16u << 20;  // the description of a package stands behind its headers
constexpr std::size_t kMaxHeaderBytes = 64u << 10;      // of one; name and version stand at the top
constexpr std::size_t kMaxKeptBytes = 64u << 20;        // of all: a thousand of the largest

struct Header {
  std::string value;
  std::uint32_t line = 0;
};

// A field of what stands before the first empty line ("Name: torch"). Fields that go on in the next line are none of those
// that are asked for.
Header header(std::string_view text, std::string_view name) {
  std::uint32_t number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    if (trim(line).empty()) break;
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && to_lower(line.substr(0, colon)) == name)
      return {std::string(trim(line.substr(colon + 1))), number};
  }
  return {};
}

// What stands before the first empty line, in whole lines; without one it is the beginning.
std::string_view headers_of(std::string_view text) {
  if (text.size() > kMaxHeaderBytes) {
    text = text.substr(0, kMaxHeaderBytes);
    text = text.substr(0, text.rfind('\n') + 1);  // npos + 1 is 0
  }
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('\n') || rest.starts_with("\r\n")) return text.substr(0, at + 1);
  }
  return text;
}

void keep(Lockfile& into, const std::string& path, std::string_view text) {
  std::string kept = without_credentials(text);
  const Digest digest = sha256(kept);
  into.files.push_back({path, digest, std::move(kept)});
}

// direct_url.json (PEP 610): where a package came from when it was no index.
void set_origin(Harvest& in, const Reader& reader, const std::string& path, Lockfile& into, Pin& pin) {
  const Result<std::string> text = reader.read(path, kMaxHeaderBytes);
  if (!text) {
    if (text.error().code != Code::unavailable)
      in.flaw(0, text.error().code, fmt::format("cannot read {}: {}", for_message(path), text.error().what));
    return;
  }
  keep(into, path, *text);
  const Result<Yaml> parsed = parse_json_document(*text);
  const Yaml* url = parsed ? parsed->find("url") : nullptr;
  if (url == nullptr || !url->is_scalar() || !url->quoted)
    return in.flaw(0, Code::malformed,
                   fmt::format("{}: {}", for_message(path), parsed ? "no 'url'" : parsed.error().what));
  const Yaml& vcs = (*parsed)["vcs_info"];
  if ((*parsed)["dir_info"]["editable"].truth())
    in.set_origin(pin, "editable", url->scalar);
  else if (vcs.is_map())
    in.set_origin(pin, vcs["vcs"].text() == "git" ? "git" : "url",
                  fmt::format("{}+{}@{}", vcs["vcs"].text(), url->scalar, vcs["commit_id"].text()));
  else
    in.set_origin(pin, url->scalar.starts_with("file:") ? "path" : "url", url->scalar);
}

void one(const Reader& reader, const std::string& folder, std::string_view file,
         const versions::MarkerEnvironment& environment, Lockfile& into) {
  std::string path = fmt::format("{}/{}", folder, file);
  Result<std::string> text = reader.read(path, kMaxMetadataBytes);
  // NAME.egg-info may be the metadata itself.
  if (!text && file == "PKG-INFO" && folder.ends_with(".egg-info")) {
    path = folder;
    text = reader.read(path, kMaxMetadataBytes);
  }
  Harvest in(path, environment, into);
  if (!text)
    return in.problem(0, text.error().code,
                      fmt::format("an installed package whose metadata cannot be read: {}", text.error().what));
  const std::string_view headers = headers_of(*text);
  keep(into, path, headers);
  const Header name = header(headers, "name"), version = header(headers, "version");
  std::optional<Pin> pin = in.pin("PyPI", to_utf8_lossy(name.value), std::max(name.line, 1u));
  if (!pin) return;
  in.about(fmt::format("package {}", for_message(pin->written)));
  set_origin(in, reader, folder + "/direct_url.json", into, *pin);
  in.set_version(*pin, version.value);
  if (version.value.empty()) in.flaw(1, Code::malformed, "no version");
  in.add(std::move(*pin));
}

bool is_package(std::string_view path) {
  return path.ends_with(".dist-info") || path.ends_with(".egg-info");
}

bool claims(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "site-packages" || name == "dist-packages" || is_package(name);
}

void read(const Reader& reader, const std::string& path, const versions::MarkerEnvironment& environment,
          Lockfile& into) {
  const auto package = [&](const std::string& folder) {
    one(reader, folder, folder.ends_with(".dist-info") ? "METADATA" : "PKG-INFO", environment, into);
  };
  if (is_package(path)) return package(path);
  const Result<std::vector<std::string>> names = reader.list(path, kMaxNames);
  if (!names) {
    Harvest(path, environment, into)
        .problem(0, names.error().code, fmt::format("cannot be listed: {}", names.error().what));
    return;
  }
  bool found = false;
  std::size_t counted = into.files.size(), kept = 0;
  for (const std::string& name : *names) {
    // pip renames what it is about to remove to "~ame": what is left of that is no package.
    if (!is_package(name) || name.starts_with('~')) continue;
    found = true;
    if (into.pins.size() >= kMaxPins) {
      Harvest(path, environment, into).problem(0, Code::refused, fmt::format("more than {} packages", kMaxPins));
      break;
    }
    package(fmt::format("{}/{}", path, name));
    for (; counted < into.files.size(); ++counted) kept += into.files[counted].content.size();
    if (kept > kMaxKeptBytes) {
      Harvest(path, environment, into)
          .problem(0, Code::refused,
                   fmt::format("more than {} bytes of metadata; what stands behind {} is not read", kMaxKeptBytes,
                               for_message(name)));
      break;
    }
  }
  if (!found) Harvest(path, environment, into).problem(0, Code::malformed, "no package is installed in this folder");
}

}  // namespace

extern const LockfileKind site_packages;
const LockfileKind site_packages{"site-packages", "an installed site-packages", claims, nullptr, read};

}  // namespace tocsin::estate::lockfiles
