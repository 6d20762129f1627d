// Text: JSON, YAML, Jinja templates and everything else that people write beside a model. Settings in it are looked at by
// the key they stand under, templates as programs; the rest is harmless. Settings are read as Python reads them: what
// stands before a fault counts.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <vector>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/jinja.hpp"
#include "scan/models/json_reader.hpp"
#include "scan/models/settings.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

constexpr std::size_t kSniffed = 512;
constexpr std::size_t kYaml = 4u << 20;          // bytes; yaml-cpp reads some 10 MB/s, settings have kilobytes
constexpr std::size_t kYamlFlow = 200'000;       // brackets and commas: each takes some 100 bytes in its queue
constexpr std::size_t kYamlOpen = 1000;          // brackets left open on one line
constexpr std::uint64_t kExpanded = 10'000'000;  // nodes, aliases counted as what they stand for
constexpr std::size_t kTemplate = 2u << 20;
constexpr std::size_t kTags = 1000;  // of Python, in a text that is no YAML
constexpr std::size_t kLine = 400;   // bytes before such a tag that are looked at

bool is_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || (byte >= 8 && byte <= 13) || byte == 0x1b;
  });
}

Fit fits(const Part& part) {
  // So short, bytes beyond ASCII are UTF-8, or the beginning of another format that was cut: xz, NumPy.
  if (part.size() < 16 && !is_utf8(part.text())) return Fit::no;
  return part.size() > 0 && is_text(part.text().substr(0, kSniffed)) ? Fit::maybe : Fit::no;
}

// ---- JSON ----

enum class Reading : std::uint8_t { whole, cut, wrong };

// One value after the other (JSON Lines); `settings` may be null: a trial.
struct JsonRead {
  Reading how = Reading::whole;
  std::size_t at = 0;  // where it stopped
  std::string why;
  std::size_t keys = 0;
  bool deep = false;
};
JsonRead read_json(std::string_view text, Settings* settings) {
  JsonRead out;
  std::size_t at = 0;
  for (;;) {
    JsonReader in(text, at);
    for (;;) {
      const JsonEvent event = in.next();
      if (event == JsonEvent::end) break;
      if (event == JsonEvent::error) {
        out.how = in.truncated() ? Reading::cut : Reading::wrong;
        out.why = in.why();
        out.at = std::min(in.at(), text.size());
        out.deep = in.depth() >= JsonReader::kDepth;
        return out;
      }
      if (event == JsonEvent::key) ++out.keys;
      if (settings == nullptr) continue;
      switch (event) {
        case JsonEvent::object:
        case JsonEvent::array:
          settings->open(event == JsonEvent::object, in.begin());
          break;
        case JsonEvent::object_end:
        case JsonEvent::array_end:
          settings->close();
          break;
        case JsonEvent::key:
          in.escaped() ? settings->key(in.value(1024)) : settings->key(in.as_written());
          break;
        case JsonEvent::text:
          in.escaped() ? settings->text(in.value(kTemplate + 1), in.begin())
                       : settings->text(in.as_written(), in.begin());
          break;
        default:
          settings->other(in.as_written(), in.begin());
      }
    }
    at = text.find_first_not_of(" \t\r\n", in.at());
    out.at = in.at();
    if (at == std::string_view::npos) return out;
    if (text[at] != '{' && text[at] != '[') {
      out.how = Reading::wrong;
      out.why = "more text stands behind the value";
      return out;
    }
  }
}

// ---- YAML ----

// A stream over a view: nothing is copied.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf wants it so; nothing is written
    setg(begin, begin, begin + text.size());
  }
};

class Events final : public YAML::EventHandler {
 public:
  explicit Events(Settings* settings) : settings_(settings) {}

  bool structured() const { return structured_; }
  std::uint64_t expanded() const { return total_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    anchors_.clear();
    frames_.clear();
    moved_ = mark.pos > document_;
    document_ = mark.pos;
  }
  // False: the last document began where the one before it did. yaml-cpp stands still at a bracket that closes nothing.
  bool moved() const { return moved_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { scalar(mark, "", anchor, "", true); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    scalar(mark, tag, anchor, value, tag != "!");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    count(known == anchors_.end() ? 1 : known->second);
    if (is_key()) return;
    if (settings_ != nullptr) settings_->other("", static_cast<std::size_t>(std::max(mark.pos, 0)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(false, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(true, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    bool map = false;
    bool key_next = true;
    YAML::anchor_t anchor = 0;
    std::uint64_t nodes = 1;
  };

  // The next node is a key; if so, it has been taken.
  bool is_key() {
    if (frames_.empty() || !frames_.back().map) return false;
    const bool key = frames_.back().key_next;
    frames_.back().key_next = !key;
    return key;
  }
  void count(std::uint64_t nodes) {
    total_ = std::min(total_ + nodes, UINT64_MAX / 4);
    if (!frames_.empty()) frames_.back().nodes = std::min(frames_.back().nodes + nodes, UINT64_MAX / 4);
  }
  void tell(const std::string& tag, const YAML::Mark& mark) {
    if (settings_ != nullptr && tag.size() > 1) settings_->tag(tag, static_cast<std::size_t>(std::max(mark.pos, 0)));
  }

  void scalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value,
              bool plain) {
    count(1);
    if (anchor != 0) anchors_[anchor] = 1;
    tell(tag, mark);
    const bool key = is_key();
    if (settings_ == nullptr) return;
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (key)
      settings_->key(value);
    else if (plain && (value == "true" || value == "True" || value == "yes" || value == "on"))
      settings_->other("true", at);
    else
      settings_->text(value, at);
  }
  void open(bool map, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (frames_.empty()) structured_ = true;
    is_key();
    tell(tag, mark);
    frames_.push_back({map, true, anchor, 1});
    if (settings_ != nullptr) settings_->open(map, static_cast<std::size_t>(std::max(mark.pos, 0)));
  }
  void close() {
    const Frame frame = frames_.back();
    frames_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = frame.nodes;
    count(frame.nodes);
    if (settings_ != nullptr) settings_->close();
  }

  Settings* settings_;
  bool structured_ = false, moved_ = true;
  int document_ = -1;
  std::uint64_t total_ = 0;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, std::uint64_t> anchors_;
};

bool may_be_yaml(std::string_view text) {
  if (text.size() > kYaml || text.find('\0') != std::string_view::npos) return false;
  std::size_t flow = 0, open = 0;
  for (const char c : text) {
    if (c == '\n') open = 0;
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (c == '[' || c == '{' || c == ',') ++flow;
    if (open > kYamlOpen || flow > kYamlFlow) return false;
  }
  return true;
}

// Reads all documents. True when all of it is YAML and some of it is more than one text.
bool read_yaml(std::string_view text, Settings* settings, std::uint64_t* expanded = nullptr) {
  Events events(settings);
  try {
    ViewBuffer buffer(text);
    std::istream in(&buffer);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(events))
      if (!events.moved()) return false;
  } catch (const YAML::Exception&) {
    return false;
  }
  if (expanded != nullptr) *expanded = events.expanded();
  return events.structured();
}

// ---- the kinds ----

class TextScan {
 public:
  TextScan(Scan& scan, const Part& part) : scan_(scan), part_(part), text_(part.text()) {}

  bool run() {
    if (!is_text(text_)) return false;
    const std::size_t first = text_.find_first_not_of(" \t\r\n", text_.starts_with("\xef\xbb\xbf") ? 3 : 0);
    const char c = first == std::string_view::npos ? ' ' : text_[first];
    if ((c == '{' || c == '[') && json()) return true;
    if (yaml()) return true;
    template_or_text();
    return true;
  }

 private:
  void kind(std::string_view name) {
    if (part_.depth == 0) scan_.read_as(name);
  }

  bool json() {
    const JsonRead trial = read_json(text_, nullptr);
    if (trial.how == Reading::wrong && !trial.deep) {
      // Perhaps it is YAML in flow style, a template, or a text that begins with a bracket.
      if (trial.keys == 0 || (may_be_yaml(text_) && read_yaml(text_, nullptr))) return false;
    }
    kind("json");
    Settings settings(scan_, part_);
    read_json(text_, &settings);
    if (trial.how == Reading::whole) return true;
    if (trial.deep)
      scan_.find(rules::config_expands, fmt::format("nests lists deeper than {}", JsonReader::kDepth),
                 {part_.member, trial.at, {}});
    scan_.not_read(part_, trial.at, text_.size(), trial.why);
    if (trial.at >= text_.size()) scan_.not_read(part_, 0, text_.size(), trial.why);
    if (trial.how == Reading::wrong && has_template_tags(text_))
      check_template(scan_, text_.substr(0, kTemplate), part_.member, TemplateUse::maybe);
    return true;
  }

  bool yaml() {
    if (!may_be_yaml(text_)) return false;
    std::uint64_t expanded = 0;
    if (!read_yaml(text_, nullptr, &expanded)) return false;
    Settings settings(scan_, part_);
    read_yaml(text_, &settings);
    if (expanded > kExpanded)
      scan_.find(rules::config_expands, fmt::format("its aliases stand for {} values", expanded),
                 {part_.member, {}, {}});
    // Playbooks and charts are YAML with tags in it: templates of another program, with filters of their own.
    if (has_template_tags(text_) && !settings.had_template())
      check_template(scan_, text_, part_.member, TemplateUse::maybe);
    kind("yaml");
    return true;
  }

  // A text whose tags are all Jinja and that speaks of messages is a chat template; of any other only what is an attack
  // beyond doubt is told: braces have many meanings.
  bool templated() {
    if (text_.size() > kTemplate) {
      scan_.not_read(part_, kTemplate, text_.size(), "a template of more than 2 MB");
      return false;
    }
    if (!check_template(scan_, text_, part_.member, TemplateUse::maybe)) return false;
    if (text_.find("{%") == std::string_view::npos) return false;
    bool chat = false;
    for (const std::string_view word : {"in messages", "messages[", "messages|", "messages |", "message.role",
                                        "message.content", "message['role']", "message[\"role\"]", "in loop_messages"})
      chat = chat || text_.find(word) != std::string_view::npos;
    if (!chat) return false;
    return check_template(scan_, text_, part_.member, TemplateUse::rendered);
  }

  // Caffe's layers of type Python: python_param { module: "m" layer: "C" } imports one and makes the other.
  void python_layers() {
    for (std::size_t at = text_.find("python_param"); at != std::string_view::npos;
         at = text_.find("python_param", at + 1)) {
      const auto open = text_.find_first_not_of(" \t\r\n:", at + 12);
      if (open == std::string_view::npos || (text_[open] != '{' && text_[open] != '<')) continue;
      const auto body = text_.substr(open, std::min<std::size_t>(text_.find_first_of("}>", open) - open, kLine));
      if (body.find("module") == std::string_view::npos) continue;
      std::string shown = printable(body, 200);
      return scan_.find(rules::config_unknown_object, "a layer is Python code of its own: " + shown,
                        {part_.member, at, {}});
    }
  }

  void template_or_text() {
    python_layers();
    // Source that writes templates has pieces of them, of several languages.
    const auto& formats = scan_.report().formats;
    const bool source = part_.depth == 0 && std::find(formats.begin(), formats.end(), "python") != formats.end();
    const bool is_template = !source && has_template_tags(text_) && templated();
    kind(is_template                                                            ? "chat-template"
         : text_.starts_with("tree\nversion=") || text_.starts_with("tree\r\n") ? "lightgbm"
                                                                                : "plain");
    // YAML that this reader refuses may be taken by another.
    std::size_t seen = 0;
    for (const std::string_view mark : {"!!python/", "tag:yaml.org,2002:python/"}) {
      for (std::size_t at = text_.find(mark); at != std::string_view::npos && ++seen < kTags;
           at = text_.find(mark, at + 1)) {
        const char before = at == 0 ? '\n' : text_[at - 1];
        if (before != '\n' && before != ' ' && before != '<' && before != '\t') continue;
        std::string_view tag = text_.substr(at, 300);
        tag = tag.substr(0, tag.find_first_of(" \t\r\n>,]}`\"'"));
        // A text that explains such tags quotes them; one that uses them has them as a value.
        std::string_view lead = text_.substr(at < kLine ? 0 : at - kLine, std::min(at, kLine));
        lead = lead.substr(lead.rfind('\n') + 1);  // npos + 1 = 0
        const bool value =
            lead.find_first_not_of(" \t-?<!") == std::string_view::npos || lead.find(": ") != std::string_view::npos;
        if (value && lead.find_first_of("`\"'") == std::string_view::npos) Settings(scan_, part_).tag(tag, at);
      }
    }
  }

  Scan& scan_;
  const Part& part_;
  std::string_view text_;
};

bool scan_text(Scan& scan, const Part& part) {
  // Protocol 0 of pickle is text; it has been read.
  const auto& formats = scan.report().formats;
  if (part.depth == 0 && std::find(formats.begin(), formats.end(), "pickle") != formats.end()) return false;
  return TextScan(scan, part).run();
}

}  // namespace

extern const Format text;
const Format text{"text", "text", fits, scan_text};

}  // namespace tocsin::scan::models::formats
