// A Keras model's configuration: JSON that says which classes and functions are to be imported, made and called. Loading
// follows it to the letter, so every name in it is checked against what is known of Keras, at any depth.
//
// Versions in the file are not believed: whether `safe_mode` protects the reader depends on the reader's Keras, not on
// what the file says of itself, and the .h5 loader has no such mode (CVE-2025-9905).
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "scan/models/formats.hpp"

namespace tocsin::scan::models::keras {

// Something in it has a `class_name` and a `config`, which is what Keras deserialises.
bool is_config(const Json& value);

enum class Expect : std::uint8_t {
  config,    // a Keras configuration is expected here: what cannot be read as one is a finding
  anything,  // any text may stand here: nothing is reported unless it is such a configuration
};
// Parses `text` (JSON as Python writes it, with NaN and Infinity) and reports what it finds under `part.member`. False:
// it is no Keras configuration, and nothing was reported.
bool check_text(Scan& scan, const Part& part, std::string_view text, Expect expect);
// `text` could be one, by a cheap look.
bool may_be_config(std::string_view text);

}  // namespace tocsin::scan::models::keras
