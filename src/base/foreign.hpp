// Text as a source gave it. It can be stored, compared and hashed; to show it, say to whom.
//
// Intelligence is text written by strangers; a report may be aimed at the analyst who reads it, at the browser that
// shows it or at the model that summarises it. The type keeps that in mind, so that people need not.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

// HTML that may be written into a page as it stands.
struct Html {
  std::string text;
};

class Foreign {
 public:
  Foreign() = default;
  explicit Foreign(std::string raw) : raw_(std::move(raw)) {}

  bool empty() const { return raw_.empty(); }
  std::size_t size() const { return raw_.size(); }
  auto operator<=>(const Foreign&) const = default;

  // The bytes themselves: only in the floors that store, compare, parse or export them (script/check lists them).
  std::string_view raw() const { return raw_; }
  Html html() const;  // & < > " ' escaped, control characters dropped, invalid UTF-8 replaced
  // One line for a terminal: control characters, escape sequences, bidirectional overrides and zero-width characters
  // made visible (\x1b, <U+202E>), invalid UTF-8 as \xNN, newlines and tabs folded to one blank.
  std::string terminal() const;
  // The same, but newlines stay (and tabs become blanks), for texts of several lines.
  std::string terminal_block() const;
  // For the prompt of a language model: cut to `max_bytes`, fenced, marked as quoted data, the fence not forgeable.
  std::string quoted_for_model(std::size_t max_bytes) const;

 private:
  std::string raw_;
};

// What terminal() does, for text that is only passing through an error message.
std::string printable(std::string_view text, std::size_t max_bytes = 200);

}  // namespace tocsin
