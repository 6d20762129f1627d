// estate.yaml from assets. Scalars are written plain only when every YAML 1.1 and 1.2 reader takes them for the same
// string; everything else goes into double quotes, with escapes that YAML shares with JSON.
#include "estate/write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/foreign.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "estate/keys.hpp"

namespace tocsin::estate {
namespace {

constexpr std::array<std::string_view, 13> kNotText = {"null", "true", "false", "yes",  "no",  "on", "off",
                                                       "y",    "n",    ".nan",  ".inf", "nan", "inf"};

bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 400) return false;
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  // Begins with a letter: no indicator, no number, no date, no "---", no "~".
  if (!is_letter_or_digit(text.front()) || (text.front() >= '0' && text.front() <= '9')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+' || c == '@' || c == '=' ||
        c == '%')
      continue;
    if (c == ':' && i + 1 < text.size() && text[i + 1] != ' ') continue;
    if (c == ' ' && i + 1 < text.size() && text[i + 1] != ' ' && text[i + 1] != '#') continue;
    return false;
  }
  const std::string lower = to_lower(text);
  return std::find(kNotText.begin(), kNotText.end(), lower) == kNotText.end();
}

// "[a, b]"; in a flow list, more characters have a meaning, so only simple words stay plain.
std::string flow(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ", ";
    const std::string scalar = yaml_scalar(value);
    out += scalar.find(':') != std::string::npos && scalar.front() != '"' ? fmt::format("\"{}\"", scalar) : scalar;
  }
  return out + "]";
}

void comment(std::string& out, std::string_view indent, std::string_view text) {
  for (std::string_view line : split_lines(text)) {
    const std::string shown = printable(line, 2000);
    out += shown.empty() ? fmt::format("{}#\n", indent) : fmt::format("{}# {}\n", indent, shown);
  }
}

// The value of a key as it is written behind the colon; "" when there is nothing to write.
std::string value_of(const Asset& asset, std::string_view key) {
  const auto text = [](const std::string& value) { return value.empty() ? std::string() : yaml_scalar(value); };
  const auto list = [](const std::vector<std::string>& values) {
    return values.empty() ? std::string() : flow(values);
  };
  const auto truth = [](bool value) { return std::string(value ? "true" : ""); };
  if (key == "name") return yaml_scalar(asset.name);
  if (key == "owner") return text(asset.owner);
  if (key == "criticality") return text(asset.criticality);
  if (key == "environment") return text(asset.environment);
  if (key == "exposure") return list(asset.exposure);
  if (asset.model) {
    const Model& model = *asset.model;
    if (key == "purl") return text(model.purl);
    if (key == "version") return text(model.version);
    if (key == "sha256") return text(model.sha256);
    if (key == "family") return text(model.family);
    if (key == "architecture") return text(model.architecture);
    if (key == "base") return list(model.base);
    if (key == "relation") return text(model.relation);
    if (key == "task") return text(model.task);
    if (key == "input") return list(model.input);
    if (key == "output") return list(model.output);
    if (key == "format") return text(model.format);
    if (key == "quantization") return text(model.quantization);
    if (key == "datasets") return list(model.datasets);
    if (key == "runtime") return list(model.runtime);
    if (key == "hosted") return truth(model.hosted);
    if (key == "trained_here") return truth(model.trained_here);
  } else if (asset.dataset) {
    const Dataset& data = *asset.dataset;
    if (key == "origin") return text(data.origin);
    if (key == "revision") return text(data.revision);
    if (key == "sha256") return text(data.sha256);
    if (key == "collection") return text(data.collection);
    if (key == "public_contribution") return truth(data.public_contribution);
    if (key == "modality") return list(data.modality);
  } else if (asset.library) {
    if (key == "path") return text(asset.library->path);
    if (key == "pins" && asset.library->path.empty()) {
      std::vector<std::string> lines;
      for (const Pin& pin : asset.library->pins)
        lines.push_back(fmt::format("{}{}{}{}", pin.written, pin.specifier.starts_with('@') ? " " : "", pin.specifier,
                                    pin.marker.empty() ? "" : " ; " + pin.marker));
      return list(lines);
    }
  } else if (asset.endpoint) {
    const Endpoint& endpoint = *asset.endpoint;
    if (key == "url") return text(endpoint.url);
    if (key == "models") return list(endpoint.models);
    if (key == "logs") return list(endpoint.logs);
    if (key == "callers") return text(endpoint.callers);
  }
  return "";
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Character c = utf8_at(text, at);
    const std::string_view bytes = text.substr(at, c.size);
    at += c.size;
    if (!c.valid) {
      append_utf8(out, 0xfffd);
    } else if (c.code == '"' || c.code == '\\') {
      out += '\\';
      out += static_cast<char>(c.code);
    } else if (c.code == '\n') {
      out += "\\n";
    } else if (c.code == '\t') {
      out += "\\t";
    } else if (c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0) || (c.code >= 0x2000 && c.code <= 0x206f) ||
               (c.code >= 0xd800 && c.code <= 0xf8ff) || (c.code >= 0xfff0 && c.code <= 0xffff)) {
      // Not printable, or turns the text around in an editor.
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(c.code));
    } else if (c.code >= 0xe0000 && c.code <= 0xe0fff) {  // tags: nobody sees them, a model that reads the file does
      out += fmt::format("\\U{:08x}", static_cast<std::uint32_t>(c.code));
    } else {
      out += bytes;
    }
  }
  return out + '"';
}

std::string write_asset(const Asset& asset) {
  std::string out;
  for (const Key& key : keys(asset.kind)) {
    const std::string value = value_of(asset, key.name);
    if (value.empty()) continue;
    out += fmt::format("{}{}: {}\n", out.empty() ? "  - " : "    ", key.name, value);
  }
  return out;
}

std::string write_estate(const std::vector<Asset>& assets, const WriteOptions& options) {
  std::string out;
  if (!options.schema_file.empty()) out += schema_hint(printable(options.schema_file, 4096));
  comment(out, "", options.header);
  for (AssetKind kind : {AssetKind::model, AssetKind::dataset, AssetKind::library, AssetKind::endpoint}) {
    bool first = true;
    for (const Asset& asset : assets) {
      if (asset.kind != kind) continue;
      if (first) {
        if (!out.empty()) out += '\n';
        out += fmt::format("{}:\n", section_of(kind));
      }
      first = false;
      if (const auto found = options.comments.find(asset.name); found != options.comments.end())
        for (const std::string& line : found->second) comment(out, "  ", line);
      out += write_asset(asset);
      if (options.ask_exposure && asset.exposure.empty() && kind != AssetKind::library && kind != AssetKind::dataset)
        out += "    # exposure: []\n";
      const auto runtime = options.offer_runtime.find(asset.name);
      if (runtime != options.offer_runtime.end() && asset.model && asset.model->runtime.empty())
        out += fmt::format("    # runtime: {}\n", flow(runtime->second));
    }
  }
  return out;
}

}  // namespace tocsin::estate
