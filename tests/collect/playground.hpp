// What the tests of the sources share: parsing a text, printing findings as lines, and a session that plays a live
// service from memory.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "collect/sources.hpp"
#include "intel/record.hpp"

namespace tocsin::collect::tests {

struct Parsed {
  Result<> result;
  Findings findings;
  std::size_t entries() const { return findings.records.size() + findings.rejects.size(); }
};

inline Parsed parse(std::string_view source, std::string name, std::string_view bytes, std::string_view dialect = "",
                    std::string_view address = "") {
  Parsed parsed;
  const SourceKind* kind = find_source(source);
  EXPECT_NE(kind, nullptr) << source;
  if (kind == nullptr) return parsed;
  parsed.result = kind->parse({std::move(name), "", bytes, address, dialect}, parsed.findings);
  return parsed;
}

// One line per record, reject and note, or the error: what the golden files hold.
inline std::string lines_of(const Parsed& parsed) {
  std::string out;
  if (!parsed.result) out += Json::object({{"error", parsed.result.error().message()}}).dump() + "\n";
  for (const intel::Record& record : parsed.findings.records) {
    Json line = Json::object({{"record", record.external_id},
                              {"source", record.source},
                              {"digest", record.digest.hex()},
                              {"licence", record.licence}});
    line.set("understood", intel::to_json(record));
    out += line.dump() + "\n";
  }
  for (const Reject& reject : parsed.findings.rejects)
    out += Json::object({{"reject", reject.place}, {"error", reject.error.message()}, {"excerpt", reject.excerpt}})
               .dump() +
           "\n";
  for (const std::string& note : parsed.findings.notes) out += Json::object({{"note", note}}).dump() + "\n";
  return out;
}

// A service in memory: documents by URL, each with an ETag that is its body's; remembers what was asked and what was
// delivered.
class PlayedSession final : public Session {
 public:
  explicit PlayedSession(std::string_view source) : kind_(find_source(source)) {}

  void serve(const std::string& url, std::string body) { served_[url] = {std::move(body)}; }
  // Each request takes the next of these; the last stays.
  void serve_in_turn(const std::string& url, std::vector<std::string> bodies) { served_[url] = std::move(bodies); }
  void fail(const std::string& url, Error error) { failures_[url] = std::move(error); }
  Json& options() { return settings_; }
  ManualClock& time() { return clock_; }
  void start_at(std::string cursor) { cursor_ = std::move(cursor); }
  void remember_validators(bool on) { conditional_ = on; }
  Result<> run() {
    asked.clear();
    delivered.clear();
    found = {};
    return kind_->fetch(*this);
  }

  std::vector<std::string> asked;
  std::vector<std::string> delivered;
  Findings found;

  Result<wire::Reply> get(std::string_view url) override {
    asked.emplace_back(url);
    if (asked.size() > 10'000) return tocsin::fail(Code::internal, "the source asks without end");
    const std::string key(url);
    if (const auto failure = failures_.find(key); failure != failures_.end())
      return tl::make_unexpected(failure->second);
    const auto there = served_.find(key);
    if (there == served_.end()) return tocsin::fail(Code::unavailable, key + ": 404");
    wire::Reply reply;
    reply.url = key;
    reply.body = there->second.front();
    if (there->second.size() > 1) there->second.erase(there->second.begin());
    if (conditional_ && last_body_[key] == reply.body) {
      reply.not_modified = true;
      reply.status = 304;
      reply.body.clear();
    } else {
      last_body_[key] = reply.body;
    }
    return reply;
  }
  Result<> deliver(const wire::Reply& reply) override {
    delivered.push_back(reply.url);
    return kind_->parse({reply.url, reply.media_type, reply.body, reply.url, settings_["dialect"].as_string()}, found);
  }
  std::string cursor() const override { return cursor_; }
  void set_cursor(std::string cursor) override { cursor_ = std::move(cursor); }
  const Json& settings() const override { return settings_; }
  const Clock& clock() const override { return clock_; }

 private:
  const SourceKind* kind_;
  std::map<std::string, std::vector<std::string>> served_;
  std::map<std::string, std::string> last_body_;
  std::map<std::string, Error> failures_;
  bool conditional_ = false;
  std::string cursor_;
  Json settings_ = Json::object();
  ManualClock clock_{*parse_time("2026-08-22T12:00:00Z")};
};

}  // namespace tocsin::collect::tests
