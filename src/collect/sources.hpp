// A source: one file that defines one `SourceKind`. Bytes in; records, rejects and a cursor out. Never writes the
// store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "intel/record.hpp"
#include "wire/fetch.hpp"

namespace tocsin::collect {

// One reply, or one file of a folder.
struct Document {
  std::string name;        // URL or path, for messages and rejects
  std::string media_type;  // "" when unknown: parsers judge by content, never by name alone
  std::string_view bytes;  // live as long as the call
  // What is known of it without believing it:
  std::string_view address = {};  // where it was really fetched from, after redirects; "" for a file
  std::string_view dialect = {};  // `dialect` in the settings of the source (catalogue, tocsin.toml); "" = not told
  std::string_view charset = {};  // of the reply's Content-Type, lower case; "" = not told, or a file
};

// Something in a document that could not become a record. Kept, counted and shown.
struct Reject {
  std::string place;  // "ATLAS.yaml: techniques[12]", "all.zip: PYSEC-2020-1.json"
  Error error;
  std::string excerpt;  // up to 200 bytes of what was there, raw
};

// Where a parser puts what it found. records + rejects = entries of the document, always: an entry is whatever the
// source's page in docs/sources/ calls one (a technique, a feed item, an OSV file).
struct Findings {
  std::vector<intel::Record> records;
  std::vector<Reject> rejects;
  std::vector<std::string> notes;  // "edition 5.6.0", "feed is empty": shown, not counted
};

// What a live run may do. Given by cycle (or by a test).
class Session {
 public:
  virtual ~Session() = default;
  // Fetches by the source's policy, keeping validators per URL. A reply that says "not modified" comes back with
  // not_modified set.
  virtual Result<wire::Reply> get(std::string_view url) = 0;
  // Hands a document on: it is snapshotted and parsed by the source's parse(). Fails when the document as a whole
  // cannot be read (it is a reject then as well): a source must not move its cursor past it.
  virtual Result<> deliver(const wire::Reply& reply) = 0;
  virtual std::string cursor() const = 0;           // as stored by the last committed run; "" at first
  virtual void set_cursor(std::string cursor) = 0;  // committed together with the batch
  virtual const Json& settings() const = 0;         // the source's section in tocsin.toml over the catalogue's defaults
  virtual const Clock& clock() const = 0;
};

struct SourceKind {
  std::string_view id;           // word of the command line and of knowledge/sources.yaml: "atlas"
  std::string_view summary;      // one line
  std::uint32_t parser_version;  // raise it when the same bytes give a better record
  // Is this file of a folder meant for the source? By name and first bytes; other files are listed as skipped, never
  // silently.
  bool (*accepts)(std::string_view file_name, std::string_view head);
  // Pure: one document to findings. A document that is not the source's format at all is an error (of the whole
  // document).
  Result<> (*parse)(const Document& document, Findings& findings);
  // Asks the live service: which URLs, paging, cursor. Delivers documents through the session.
  Result<> (*fetch)(Session& session);
  // The words of its own that it reads from settings(), with blanks between: tocsin.toml is checked against them and
  // against those that every source has (cycle/sources.cpp).
  std::string_view settings = "";
};

namespace sources {
std::span<const SourceKind* const> all();
}
const SourceKind* find_source(std::string_view id);  // nullptr when there is none

}  // namespace tocsin::collect
