#include "estate/harvest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/foreign.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "estate/conda_names.hpp"
#include "estate/credentials.hpp"
#include "versions/names.hpp"
#include "versions/purl.hpp"

namespace tocsin::estate {
namespace {

constexpr std::size_t kMaxVersionBytes = 256;  // as npm has it

const std::vector<Yaml>& no_items() {
  static const std::vector<Yaml> none;
  return none;
}
const Yaml& no_map() {
  static const Yaml none;
  return none;
}

std::string_view type_word(const Yaml& value) {
  switch (value.type) {
    case Yaml::Type::null:
      return "nothing";
    case Yaml::Type::scalar:
      return value.quoted ? "a text" : "a number, date or truth value";
    case Yaml::Type::sequence:
      return "a list";
    case Yaml::Type::map:
      return "a table";
  }
  return "";
}

// Printable ASCII without blanks: all that any ecosystem's versions are made of. An address is no version.
bool is_version_text(std::string_view text) {
  return !text.empty() && text.size() <= kMaxVersionBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@'; });
}

// Letters, digits and what names of npm, conda and the other registries have between them ("@scope/name", "group:name",
// "github.com/a/b").
bool is_other_name(std::string_view name) {
  if (name.empty() || name.size() > 512 || name.find("//") != std::string_view::npos) return false;
  for (const char c : name)
    if (!is_letter_or_digit(c) && std::string_view("-_.~@/:+!'()*").find(c) == std::string_view::npos) return false;
  return true;
}

// Markers about extras and dependency groups hang on what is asked for when installing, which no lockfile says.
std::optional<versions::Marker::Node> without_extras(const versions::Marker::Node& node) {
  using Node = versions::Marker::Node;
  if (node.kind == versions::Marker::Kind::comparison) {
    for (const versions::Marker::Operand* side : {&node.left, &node.right})
      if (side->is_variable && (side->text == "extra" || side->text == "extras" || side->text == "dependency_groups"))
        return std::nullopt;
    return node;
  }
  Node out;
  out.kind = node.kind;
  for (const Node& part : node.parts) {
    std::optional<Node> kept = without_extras(part);
    if (kept) out.parts.push_back(std::move(*kept));
    // `extra == "x" or …` may be true for the extra alone.
    if (!kept && node.kind == versions::Marker::Kind::any) return std::nullopt;
  }
  if (out.parts.empty()) return std::nullopt;
  if (out.parts.size() == 1) return Node(std::move(out.parts.front()));
  return out;
}

}  // namespace

std::string for_message(std::string_view text, std::size_t max_bytes) {
  return printable(without_credentials(text.substr(0, kMaxFieldBytes)), max_bytes);
}

Members members_of(const Yaml& map) {
  Members out;
  for (const auto& [name, value] : map.members) out.emplace(name, &value);
  return out;
}

const Yaml* find(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  return found == members.end() ? nullptr : found->second;
}

Harvest::~Harvest() {
  if (problems_ <= kMaxFileProblems) return;
  Error error;
  error.code = Code::refused;
  error.what = fmt::format("{} more problems of this file are not listed", problems_ - kMaxFileProblems);
  error.where = printable(path_);
  into_.problems.push_back(std::move(error));
}

void Harvest::problem(std::uint32_t line, Code code, std::string what) {
  if (into_.unread.size() < kMaxUnread)
    into_.unread.push_back({about_.empty() ? what : fmt::format("{}: {}", about_, what), {path_, line}});
  flaw(line, code, std::move(what));
}

void Harvest::flaw(std::uint32_t line, Code code, std::string what) {
  if (++problems_ > kMaxFileProblems) return;
  Error error;
  error.code = code;
  error.what = about_.empty() ? std::move(what) : fmt::format("{}: {}", about_, what);
  error.where = printable(path_);
  if (line != 0) error.line = line;
  into_.problems.push_back(std::move(error));
}

std::optional<std::string> Harvest::read(const Reader& reader) {
  Result<std::string> content = reader.read(path_, DocumentLimits{}.bytes);
  if (!content) {
    problem(0, content.error().code, fmt::format("cannot be read: {}", content.error().what));
    return std::nullopt;
  }
  // JSON may write the slashes of a URL as `\/`; the same document without that shows where its credentials are.
  std::string kept =
      without_credentials(content->find("\\/") == std::string::npos ? *content : replace_all(*content, "\\/", "/"));
  const Digest digest = sha256(kept);
  into_.files.push_back({path_, digest, std::move(kept)});
  return std::move(*content);
}

std::optional<Yaml> Harvest::document(const Reader& reader, Syntax syntax) {
  syntax_ = syntax;
  const std::optional<std::string> content = read(reader);
  if (!content) return std::nullopt;
  Result<Yaml> parsed = syntax == Syntax::toml   ? parse_toml_document(*content)
                        : syntax == Syntax::json ? parse_json_document(*content)
                                                 : parse_yaml_document(*content);
  if (!parsed) {
    problem(parsed.error().line.value_or(0), parsed.error().code, without_credentials(parsed.error().what));
    return std::nullopt;
  }
  if (!parsed->is_map()) {
    problem(std::max(parsed->line, 1u), Code::malformed, "the document must be a table of names and values");
    return std::nullopt;
  }
  return std::move(*parsed);
}

bool Harvest::is_text(const Yaml& value) const {
  return value.is_scalar() && (value.quoted || syntax_ == Syntax::yaml);
}

std::string_view Harvest::text(const Yaml& map, std::string_view key) {
  return text_of(map.find(key), key);
}
const std::vector<Yaml>& Harvest::items(const Yaml& map, std::string_view key) {
  return items_of(map.find(key), key);
}
const Yaml& Harvest::table(const Yaml& map, std::string_view key) {
  return table_of(map.find(key), key);
}

std::string_view Harvest::text_of(const Yaml* value, std::string_view key) {
  if (value == nullptr || value->is_null()) return "";
  if (!is_text(*value)) {
    problem(value->line, Code::malformed,
            fmt::format("'{}' must be a text, not {}", for_message(key), type_word(*value)));
    return "";
  }
  if (value->scalar.size() > kMaxFieldBytes) {
    problem(value->line, Code::refused, fmt::format("'{}' is longer than {} bytes", for_message(key), kMaxFieldBytes));
    return "";
  }
  return value->scalar;
}

const std::vector<Yaml>& Harvest::items_of(const Yaml* value, std::string_view key) {
  if (value == nullptr || value->is_null()) return no_items();
  if (value->is_sequence()) return value->items;
  problem(value->line, Code::malformed,
          fmt::format("'{}' must be a list, not {}", for_message(key), type_word(*value)));
  return no_items();
}

const Yaml& Harvest::table_of(const Yaml* value, std::string_view key) {
  if (value == nullptr || value->is_null()) return no_map();
  if (value->is_map()) return *value;
  problem(value->line, Code::malformed,
          fmt::format("'{}' must be a table, not {}", for_message(key), type_word(*value)));
  return no_map();
}

bool Harvest::truth(const Yaml& map, std::string_view key) {
  const Yaml* value = map.find(key);
  if (value == nullptr || value->is_null()) return false;
  if (value->is_scalar() && !value->quoted && (value->truth() || to_lower(value->scalar) == "false"))
    return value->truth();
  flaw(value->line, Code::malformed, fmt::format("'{}' must be true or false", for_message(key)));
  return false;
}

std::vector<std::string_view> Harvest::texts(const Yaml& map, std::string_view key) {
  std::vector<std::string_view> out;
  for (const Yaml& value : items(map, key)) {
    if (is_text(value) && value.scalar.size() <= kMaxFieldBytes)
      out.push_back(value.scalar);
    else
      problem(value.line, Code::malformed,
              fmt::format("'{}' must be a list of texts; {} is in it", for_message(key),
                          value.is_scalar() && is_text(value) ? "a very long one" : type_word(value)));
  }
  return out;
}

bool Harvest::is_map(const Yaml& value, std::string_view what) {
  if (value.is_map()) return true;
  problem(value.line, Code::malformed, fmt::format("{} must be a table, not {}", what, type_word(value)));
  return false;
}

std::optional<Pin> Harvest::pin(std::string_view ecosystem, std::string_view name, std::uint32_t line) {
  Pin out;
  out.ecosystem = ecosystem;
  out.place = {path_, line};
  out.written = name;
  const bool pypi = ecosystem == "PyPI";
  if (name.empty() || !(pypi ? versions::is_pypi_name(name) : is_other_name(name))) {
    problem(line, Code::malformed,
            name.empty() ? "a package without a name" : fmt::format("'{}' is no name of a package", for_message(name)));
    return std::nullopt;
  }
  out.name = pypi ? versions::normalize_pypi_name(name) : std::string(name);
  return out;
}

std::optional<Pin> Harvest::named(std::string_view ecosystem, const Yaml& entry) {
  const Yaml& name = entry["name"];
  if (name.is_null()) {
    problem(entry.line, Code::malformed, "a package without a name");
    return std::nullopt;
  }
  const std::string_view written = text(entry, "name");  // tells of another type itself
  return written.empty() && !is_text(name) ? std::nullopt : pin(ecosystem, written, name.line);
}

std::optional<Pin> Harvest::purl(std::string_view text, std::uint32_t line) {
  const Result<versions::Purl> parsed = versions::parse_purl(text);
  if (!parsed) {
    problem(line, parsed.error().code,
            fmt::format("'{}' is no package URL: {}", for_message(text), parsed.error().what));
    return std::nullopt;
  }
  constexpr std::string_view kModels[] = {"huggingface", "mlflow"};
  if (std::find(std::begin(kModels), std::end(kModels), parsed->type) != std::end(kModels)) return std::nullopt;
  // Ecosystems as OSV names them (ossf.github.io/osv-schema, "Defined ecosystems"); any other keeps its type.
  constexpr std::pair<std::string_view, std::string_view> kEcosystems[] = {
      {"pypi", "PyPI"},    {"npm", "npm"},       {"maven", "Maven"}, {"golang", "Go"}, {"cargo", "crates.io"},
      {"gem", "RubyGems"}, {"nuget", "NuGet"},   {"hex", "Hex"},     {"pub", "Pub"},   {"composer", "Packagist"},
      {"cran", "CRAN"},    {"swift", "SwiftURL"}};
  std::string_view ecosystem = parsed->type;
  for (const auto& [type, known] : kEcosystems)
    if (type == parsed->type) ecosystem = known;
  constexpr std::pair<std::string_view, std::string_view> kSystems[] = {
      {"debian", "Debian"}, {"ubuntu", "Ubuntu"}, {"alpine", "Alpine"}, {"redhat", "Red Hat"}};
  const bool system = ecosystem == "deb" || ecosystem == "apk" || ecosystem == "rpm";
  for (const auto& [space, known] : kSystems)
    if (system && parsed->name_space == space) ecosystem = known;
  std::string name = parsed->name;
  if (!parsed->name_space.empty() && !system)
    name = fmt::format("{}{}{}", parsed->name_space, ecosystem == "Maven" ? ":" : "/", parsed->name);
  std::string twin = ecosystem == "conda" ? pypi_twin(name, CondaHint::none) : "";
  std::optional<Pin> out = pin(twin.empty() ? ecosystem : "PyPI", name, line);
  if (!out) return std::nullopt;
  if (ecosystem == "conda") out->kind = "conda";
  if (!twin.empty()) out->name = std::move(twin);
  if (const std::string_view url = parsed->qualifier("vcs_url"); !url.empty())
    set_origin(*out, url.starts_with("git") ? "git" : "url", url);
  else if (const std::string_view file = parsed->qualifier("download_url"); !file.empty())
    set_origin(*out, "url", file);
  set_version(*out, parsed->version);
  return out;
}

void Harvest::set_version(Pin& pin, std::string_view version) {
  if (version.empty()) return;
  if (!is_version_text(version))
    return flaw(pin.place.line, Code::malformed, fmt::format("'{}' is no version", for_message(version)));
  pin.version = version;
  if (pin.specifier.empty()) pin.specifier = (pin.ecosystem == "PyPI" ? "==" : "") + std::string(version);
}

void Harvest::set_requirement(Pin& pin, std::string_view specifier) {
  specifier = trim(specifier);
  if (specifier.empty() || specifier == "*") return;
  const Result<versions::SpecifierSet> parsed = versions::SpecifierSet::parse(specifier);
  pin.specifier = without_credentials(specifier);
  if (!parsed)
    flaw(pin.place.line, parsed.error().code, fmt::format("{}: {}", parsed.error().what, for_message(pin.specifier)));
  else
    pin.version = only_version(*parsed);
}

void Harvest::set_marker(Pin& pin, std::string_view marker) {
  if (trim(marker).empty()) return;
  const Result<versions::Marker> parsed = versions::Marker::parse(marker);
  if (!parsed)
    return flaw(pin.place.line, parsed.error().code,
                fmt::format("the marker is not understood, the package counts as installed: {}", parsed.error().what));
  pin.marker = parsed->text();
  const std::optional<versions::Marker::Node> judged = without_extras(parsed->root());
  if (!judged) return;
  const Result<bool> applies = versions::Marker(*judged).evaluate(environment_);
  if (!applies)
    flaw(pin.place.line, applies.error().code, applies.error().what);
  else
    pin.applies = *applies;
}

void Harvest::add_hashes(Pin& pin, const std::vector<Yaml>& files, std::string_view key) {
  for (const Yaml& file : files)
    if (is_map(file, fmt::format("an entry of '{}'", key)))
      if (const std::string_view hash = text(file, "hash"); !hash.empty()) add_hash(pin, hash);
}

void Harvest::add_hash(Pin& pin, std::string_view hash) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 6> kAlgorithms = {
      {{"sha256", 64}, {"sha384", 96}, {"sha512", 128}, {"sha224", 56}, {"sha1", 40}, {"md5", 32}}};
  const std::size_t colon = hash.find(':');
  const std::string algorithm = to_lower(hash.substr(0, colon));
  if (colon != std::string_view::npos) {
    const std::string hex = to_lower(hash.substr(colon + 1));
    for (const auto& [name, digits] : kAlgorithms) {
      if (algorithm != name || hex.size() != digits || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        continue;
      std::string kept = fmt::format("{}:{}", algorithm, hex);
      if (pin.hashes.size() >= kMaxPinHashes)
        flaw(pin.place.line, Code::refused, fmt::format("more than {} hashes", kMaxPinHashes));
      else if (pin.hashes.empty() || pin.hashes.back() != kept)
        pin.hashes.push_back(std::move(kept));
      return;
    }
  }
  flaw(pin.place.line, Code::malformed, fmt::format("'{}' is no hash", for_message(hash)));
}

void Harvest::add_integrity(Pin& pin, std::string_view integrity) {
  for (std::string_view one : split(integrity, ' ')) {
    one = one.substr(0, one.find('?'));
    if (one.empty()) continue;
    const std::size_t dash = one.find('-');
    const Result<std::string> bytes = from_base64(dash == std::string_view::npos ? "" : one.substr(dash + 1));
    if (!bytes || dash == std::string_view::npos)
      flaw(pin.place.line, Code::malformed, fmt::format("'{}' is no hash", for_message(one)));
    else
      add_hash(pin, fmt::format("{}:{}", one.substr(0, dash), to_hex(*bytes)));
  }
}

void Harvest::set_origin(Pin& pin, std::string_view kind, std::string_view url) {
  pin.kind = kind;
  pin.specifier = fmt::format("@ {}", without_credentials(url));
}

bool Harvest::full(std::uint32_t line) {
  if (into_.pins.size() < kMaxPins) return false;
  if (!std::exchange(full_, true)) problem(line, Code::refused, fmt::format("more than {} packages", kMaxPins));
  return true;
}

void Harvest::add(Pin pin) {
  if (full(pin.place.line)) return;
  // As written: conda's dask and dask-core are two packages, though both are dask on PyPI.
  std::string key = fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", pin.ecosystem, pin.written, pin.version.value_or(""),
                                pin.specifier, pin.marker, pin.kind, pin.dev, pin.group);
  if (pin.name.empty() || seen_.insert(std::move(key)).second) into_.pins.push_back(std::move(pin));
}

std::vector<Pin> Harvest::requirement(const Reader& reader, std::string_view line, std::uint32_t number) {
  const std::string_view option = trim(line);
  if (option.starts_with("-r") || option.starts_with("-c") || option.starts_with("--r") || option.starts_with("--c")) {
    if (++including_ == kMaxIncluding + 1)
      problem(number, Code::refused, fmt::format("more than {} lines that take in other files", kMaxIncluding));
    if (including_ > kMaxIncluding) return {};
  }
  Lockfile read;
  read_requirement_line(reader, {path_, number}, line, environment_, read);
  for (Error& error : read.problems) {
    if (error.where == printable(path_))
      flaw(error.line.value_or(number), error.code, std::move(error.what));
    else if (++problems_ <= kMaxFileProblems)
      into_.problems.push_back(std::move(error));
  }
  for (Unread& part : read.unread)
    if (into_.unread.size() < kMaxUnread) into_.unread.push_back(std::move(part));
  for (ReadFile& file : read.files)
    if (std::none_of(into_.files.begin(), into_.files.end(), [&](const ReadFile& f) { return f.path == file.path; }))
      into_.files.push_back(std::move(file));
  return std::move(read.pins);
}

std::optional<std::string> only_version(const versions::SpecifierSet& set) {
  for (const versions::Specifier& clause : set.clauses()) {
    const bool exact = (clause.op() == versions::Operator::equal && !clause.is_wildcard()) ||
                       clause.op() == versions::Operator::arbitrary;
    if (!exact) continue;
    if (set.size() == 1 || set.contains(clause.version_text(), versions::Prereleases::allow))
      return std::string(clause.version_text());
  }
  return std::nullopt;
}

bool is_development_group(std::string_view name) {
  constexpr std::array<std::string_view, 22> kWords = {
      "dev",           "develop", "development", "test",    "tests",  "testing",    "doc",    "docs",
      "documentation", "lint",    "linting",     "linters", "format", "formatting", "typing", "types",
      "mypy",          "ci",      "pre-commit",  "release", "bench",  "benchmark"};
  const std::string normal = versions::normalize_pypi_name(name);
  return std::find(kWords.begin(), kWords.end(), normal) != kWords.end();
}

}  // namespace tocsin::estate
