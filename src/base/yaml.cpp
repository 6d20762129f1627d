// Builds our tree from yaml-cpp's events, not from its nodes: its event parser knows positions, and lets us see an
// alias before it is expanded. A billion laughs is a budget that runs out, deep nesting a limit met while it opens.
//
// The handler leaves yaml-cpp by an exception of our own (Stop); it is caught right around the call, as yaml-cpp's are.
#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace tocsin {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMaxDepth = 400;  // above the caller's limit: yaml-cpp itself gives up at 500
// Brackets left open on one line, wherever they stand, quotes and blocks too: real text has a handful, prompts that
// flood a model have hundreds.
constexpr std::size_t kMaxOpenOnALine = 10'000;
constexpr std::string_view kMergeKey = "<<";

struct Stop {
  Error error;
};
[[noreturn]] void stop(Code code, std::string what, std::uint32_t line, std::uint32_t column) {
  throw Stop{fail_line(code, std::move(what), line, column).value()};
}

struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};
Place place_of(const YAML::Mark& mark) {
  return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

// A finished subtree and what it costs to copy.
struct Built {
  Yaml node;
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  std::size_t height = 1;  // levels, itself included
};

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  bool has_content() const { return !root_.is_null(); }
  Yaml take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Built built = begin(Yaml::Type::null, mark);
    finish(std::move(built), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Place place = place_of(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(Code::malformed, "an alias to a node that contains it", place.line, place.column);
    const Built& target = found->second;
    spend(target.nodes, target.bytes, place);
    if (frames_.size() + target.height > limits_.depth) too_deep(place);
    place_ = place;
    add(Built(target), true);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Built built = begin(Yaml::Type::scalar, mark);
    built.node.scalar = value;
    built.node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    built.bytes = value.size();
    spend(0, value.size(), place_);
    finish(std::move(built), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Yaml::Type::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Yaml::Type::map, mark, anchor);
  }
  void OnMapEnd() override {
    Frame& frame = frames_.back();
    if (frame.merge) merge(frame);
    refuse_duplicates(frame);
    if (frame.merged_from < frame.built.node.members.size()) drop_overridden(frame);
    close();
  }

 private:
  struct Frame {
    Built built;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool key_merges = false;
    std::string key;
    Place key_place;
    std::vector<Place> key_places;  // beside members
    bool merge = false;             // `merged` came with a merge key
    Place merge_place;
    Yaml merged;
    std::size_t merged_from = SIZE_MAX;  // members from here on were merged
  };

  [[noreturn]] void too_deep(Place place) const {
    stop(Code::refused, fmt::format("nested deeper than {} levels", limits_.depth), place.line, place.column);
  }

  void spend(std::size_t nodes, std::size_t bytes, Place place) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > limits_.nodes)
      stop(Code::refused, fmt::format("more than {} values, aliases expanded", limits_.nodes), place.line,
           place.column);
    if (bytes_ > 2 * limits_.bytes)  // twice: a text at the limit may have its anchors copied
      stop(Code::refused, fmt::format("more than {} bytes of text, aliases expanded", 2 * limits_.bytes), place.line,
           place.column);
  }

  Built begin(Yaml::Type type, const YAML::Mark& mark) {
    place_ = place_of(mark);
    spend(1, 0, place_);
    Built built;
    built.node.type = type;
    built.node.line = place_.line;
    built.node.column = place_.column;
    return built;
  }

  void open(Yaml::Type type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Frame frame;
    frame.built = begin(type, mark);
    frame.anchor = anchor;
    if (frames_.size() >= limits_.depth) too_deep(place_);
    frames_.push_back(std::move(frame));
  }

  void close() {
    Built built = std::move(frames_.back().built);
    const YAML::anchor_t anchor = frames_.back().anchor;
    frames_.pop_back();
    place_ = {built.node.line, built.node.column};
    finish(std::move(built), anchor);
  }

  void finish(Built built, YAML::anchor_t anchor) {
    if (anchor != 0) {
      spend(built.nodes, built.bytes, place_);  // the copy that aliases are made from
      anchors_[anchor] = built;
    }
    add(std::move(built), false);
  }

  // Puts a finished node where it belongs; place_ is where it stands.
  void add(Built built, bool is_alias) {
    if (frames_.empty()) {
      root_ = std::move(built.node);
      return;
    }
    Frame& frame = frames_.back();
    frame.built.nodes += built.nodes;
    frame.built.bytes += built.bytes;
    frame.built.height = std::max(frame.built.height, built.height + 1);
    if (frame.built.node.is_sequence()) {
      frame.built.node.items.push_back(std::move(built.node));
      return;
    }
    if (!frame.has_key) {
      if (!built.node.is_scalar() && !built.node.is_null())
        stop(Code::malformed, "a key that is not a scalar", place_.line, place_.column);
      frame.has_key = true;
      frame.key = built.node.is_null() ? "null" : std::move(built.node.scalar);
      frame.key_merges = frame.key == kMergeKey && !built.node.quoted && !is_alias;
      frame.key_place = place_;
      return;
    }
    frame.has_key = false;
    if (frame.key_merges) {
      if (frame.merge)
        stop(Code::malformed, "key \"<<\" twice in one map", frame.key_place.line, frame.key_place.column);
      frame.merge = true;
      frame.merge_place = frame.key_place;
      frame.merged = std::move(built.node);
      return;
    }
    frame.built.node.members.emplace_back(std::move(frame.key), std::move(built.node));
    frame.key_places.push_back(frame.key_place);
  }

  // https://yaml.org/type/merge.html: keys of the map itself win, then those of earlier maps.
  void merge(Frame& frame) {
    const auto bad = [&] {
      stop(Code::malformed, "a merge key whose value is not a map or a list of maps", frame.merge_place.line,
           frame.merge_place.column);
    };
    frame.merged_from = frame.built.node.members.size();
    const auto append = [&](Yaml& source) {
      if (!source.is_map()) bad();
      for (Yaml::Member& member : source.members) frame.built.node.members.push_back(std::move(member));
    };
    if (frame.merged.is_sequence()) {
      for (Yaml& source : frame.merged.items) append(source);
    } else if (!frame.merged.is_null()) {
      append(frame.merged);
    }
  }

  static void refuse_duplicates(const Frame& frame) {
    const auto& members = frame.built.node.members;
    const std::size_t own = frame.key_places.size();
    std::unordered_set<std::string_view> seen;
    seen.reserve(own);
    for (std::size_t i = 0; i < own; ++i)
      if (!seen.insert(members[i].first).second)
        stop(Code::malformed, fmt::format("key \"{}\" twice in one map", printable(members[i].first, 64)),
             frame.key_places[i].line, frame.key_places[i].column);
  }

  static void drop_overridden(Frame& frame) {
    auto& members = frame.built.node.members;
    std::vector<Yaml::Member> kept;
    std::unordered_set<std::string> seen;
    for (Yaml::Member& member : members)
      if (seen.insert(member.first).second) kept.push_back(std::move(member));
    members = std::move(kept);
  }

  YamlLimits limits_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Built> anchors_;
  Yaml root_;
  Place place_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

std::uint32_t line_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint32_t>(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

Result<> check_text(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    return fail_line(Code::malformed, "text is UTF-16, only UTF-8 is read", 1);
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
    return fail_line(Code::malformed, "a NUL byte: not a text", line_at(text, nul));
  if (is_utf8(text)) return {};
  for (std::size_t at = 0; at < text.size();) {
    const Character c = utf8_at(text, at);
    if (!c.valid) return fail_line(Code::malformed, "not UTF-8", line_at(text, at));
    at += c.size;
  }
  return {};
}

// A bracket may begin a key ("[a, b]: c"), so yaml-cpp reads to the end of the line or to the bracket that closes
// before it tells us of the first one: its queue of tokens takes some 100 bytes for each token of "[[[[" and "[a,b,". A
// count of all flow characters keeps that within the budget for nodes before it begins.
Result<> check_flow(std::string_view text, const YamlLimits& limits) {
  std::size_t flow = 0;
  std::size_t open = 0;
  std::uint32_t line = 1;
  for (const char c : text) {
    switch (c) {
      case '\n':
        ++line;
        open = 0;
        break;
      case '[':
      case '{':
        ++flow;
        if (++open > kMaxOpenOnALine)
          return fail_line(Code::refused, fmt::format("more than {} open brackets on one line", kMaxOpenOnALine), line);
        break;
      case ']':
      case '}':
        if (open != 0) --open;
        break;
      case ',':
        ++flow;
        break;
      default:
        break;
    }
  }
  if (flow > limits.nodes) return fail(Code::refused, fmt::format("more than {} brackets and commas", limits.nodes));
  return {};
}

// yaml-cpp takes a quoted scalar that is never closed for whole when the text ends with a line end. A comment put
// behind the last line end makes it see the end of the text inside the quotes; to all other texts it means nothing.
std::string_view sentinel_for(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t");
  if (last == std::string_view::npos || (text[last] != '\n' && text[last] != '\r')) return "";
  return last + 1 == text.size() ? "#" : "\n#";
}

Result<Yaml> parse_document(const std::string& text, const YamlLimits& limits) {
  Builder builder(limits);
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    Builder second(limits);
    if (parser.HandleNextDocument(second) && second.has_content())
      return fail(Code::malformed, "more than one document in the text");
  } catch (const Stop& stopped) {
    return Failure(stopped.error);
  } catch (const YAML::Exception& error) {
    const Place place = place_of(error.mark);
    return fail_line(Code::malformed, printable(error.msg), place.line, place.column);
  }
  return builder.take();
}

}  // namespace

Yaml::Yaml() = default;
Yaml::Yaml(const Yaml&) = default;
Yaml::Yaml(Yaml&&) noexcept = default;
Yaml& Yaml::operator=(const Yaml&) = default;
Yaml& Yaml::operator=(Yaml&&) noexcept = default;
Yaml::~Yaml() = default;

const Yaml* Yaml::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.first == key) return &member.second;
  return nullptr;
}

const Yaml& Yaml::operator[](std::string_view key) const {
  static const Yaml none;
  const Yaml* found = find(key);
  return found ? *found : none;
}

bool Yaml::truth() const {
  if (!is_scalar() || quoted) return false;
  const std::string word = to_lower(scalar);
  return word == "true" || word == "yes" || word == "on";
}

Result<Yaml> parse_yaml(std::string_view text, YamlLimits limits) {
  if (text.size() > limits.bytes) return fail(Code::refused, fmt::format("YAML of more than {} bytes", limits.bytes));
  limits.depth = std::min(limits.depth, kMaxDepth);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  TOCSIN_CHECK(check_text(text));
  TOCSIN_CHECK(check_flow(text, limits));
  TOCSIN_TRY(Yaml root, parse_document(std::string(text) + std::string(sentinel_for(text)), limits));
  // A block scalar that is the whole document may have swallowed the sentinel.
  if (root.is_scalar()) return parse_document(std::string(text), limits);
  return root;
}

}  // namespace tocsin
