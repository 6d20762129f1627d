// JSON as a row of events, read in one pass over the text: nothing is built, so a header of 100 MB or a vocabulary of a
// million words costs no memory. It reads what Python's json module reads (NaN and Infinity, keys given twice: both are
// seen), because that is who loads these files; base/json.hpp builds values and is stricter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::scan::models {

enum class JsonEvent : std::uint8_t { object, object_end, array, array_end, key, text, number, word, end, error };

class JsonReader {
 public:
  static constexpr std::size_t kDepth = 900;  // Python's json gives up near 1000

  // `text` outlives the reader. `at`: where the value begins. A byte order mark is skipped.
  explicit JsonReader(std::string_view text, std::size_t at = 0);

  // The next event; `end` once the value is complete (at() is behind it then), `error` from the first fault on.
  JsonEvent next();

  std::size_t at() const { return at_; }        // behind the last token
  std::size_t begin() const { return begin_; }  // of the last token
  std::size_t depth() const { return open_.size(); }
  // Of key, text, number and word: the token as it stands, without quotes; the view lives as long as the text.
  std::string_view as_written() const { return raw_; }
  // Of key and text: escapes resolved, at most `most` bytes of it.
  std::string value(std::size_t most = SIZE_MAX) const;
  bool is(std::string_view word) const { return escaped_ ? value(word.size() + 8) == word : raw_ == word; }
  bool escaped() const { return escaped_; }

  std::string_view why() const { return why_; }  // after `error`
  bool truncated() const { return truncated_; }  // after `error`: the text ends before the value does
  // Steps over the value that begins next (after a key, or in an array).
  bool skip();

 private:
  JsonEvent fail(std::string_view why);
  JsonEvent early();
  JsonEvent scalar();
  bool string();
  void blanks();

  enum class Expect : std::uint8_t { value, first_element, first_key, key, colon, after };
  std::string_view text_, raw_, why_;
  std::size_t at_ = 0, begin_ = 0;
  std::string open_;  // the brackets that are open
  Expect expect_ = Expect::value;
  bool escaped_ = false, truncated_ = false, failed_ = false;
};

// Text between quotes with its escapes resolved, at most `most` bytes of it; half of a surrogate pair becomes U+FFFD.
std::string json_text(std::string_view raw, std::size_t most = SIZE_MAX);

}  // namespace tocsin::scan::models
