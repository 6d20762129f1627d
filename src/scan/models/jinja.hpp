// Chat templates are programs: whoever loads the model renders them with Jinja, some without its sandbox. They are read
// here, never rendered: every name, attribute, filter, test and call in them is looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scan/models/formats.hpp"

namespace tocsin::scan::models {

enum class TemplateUse : std::uint8_t {
  rendered,   // a loader renders it: everything that is on no list is told
  maybe,      // text that may be a template: only what can be nothing but an attack
  elsewhere,  // no loader that is known renders it: an attack in it is information
};

// Reads a template; `member` is where it stands. True when it has tags and all of it is Jinja.
bool check_template(Scan& scan, std::string_view text, const std::string& member, TemplateUse use);

// The text has "{{", "{%" or "{#": worth a look.
bool has_template_tags(std::string_view text);

}  // namespace tocsin::scan::models
