// What settings can make a loader do, whatever text they are written in: each value is looked at as it comes, with the key
// it stands under. config.json, tokenizer_config.json, hydra and NeMo configurations, jsonpickle, skops, MLflow, diffusers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scan/models/formats.hpp"

namespace tocsin::scan::models {

class Settings {
 public:
  Settings(Scan& scan, const Part& part) : scan_(scan), part_(part) {}

  // The values in the order of the text; `at` is where they stand in it.
  void open(bool map, std::size_t at);
  void close();
  void key(std::string_view name);
  void text(std::string_view value, std::size_t at);
  void other(std::string_view value, std::size_t at);  // numbers, true, null
  // A YAML tag, resolved: "tag:yaml.org,2002:python/object/apply:os.system".
  void tag(std::string_view tag, std::size_t at);

  bool had_template() const { return had_template_; }

 private:
  struct Frame {
    bool map = false;
    bool templates = false;    // strings in it are chat templates
    bool remote_code = false;  // strings in it name code: auto_map
    std::size_t at = 0;
    std::string key;
    std::size_t count = 0;
    std::vector<std::string> strings;  // of a list: the first few
    // What siblings decide together.
    std::string url, secret, cls, module, loader, function, module_path, type, text_template, lc_id;
    bool has_path = false, has_idx = false, jinja = false, lc = false, diffusers = false;
    std::vector<std::pair<std::string, std::string>> pairs;  // diffusers: package and class
  };
  enum class Judged : std::uint8_t { harmless, plain, unknown, danger };
  Judged judge(std::string_view name, std::string& why) const;
  void builds(std::string_view how, std::string_view name, std::size_t at, bool calls);
  void code_from(std::string_view value, std::size_t at);
  void skops(const Frame& frame);
  void serialized(std::string_view base64, std::size_t at);
  void render(std::string_view text, std::string_view name, std::size_t at, bool certain);

  Scan& scan_;
  const Part& part_;
  std::vector<Frame> frames_;
  bool had_template_ = false;
};

}  // namespace tocsin::scan::models
