// One request and its reply over the wire, by libcurl: no redirects, no retries, no waiting. Private to this floor.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/address.hpp"
#include "wire/fetch.hpp"
#include "wire/headers.hpp"
#include "wire/url.hpp"

namespace tocsin::wire {

struct Transfer {
  const Url& url;
  const std::vector<std::string>& header_lines;  // "Name: value"
  const std::string* body = nullptr;             // POST when set
  const Policy& policy;
  std::chrono::milliseconds time_left;  // at least 1 ms
  std::string proxy;                    // "" = straight to the host
  std::string user_agent;
};

struct Answer {
  Head head;
  std::string body;  // of a status 200..299, decompressed
};

struct Outcome {
  Result<Answer> answer;
  bool again = false;  // the error is one of connecting: the same request may be sent again
  std::chrono::milliseconds took{0};
};

// Keeps connections open between transfers, those of internal sources apart from the others. Not thread-safe.
class Wire {
 public:
  explicit Wire(Judge judge);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  Outcome run(const Transfer& transfer);

 private:
  struct Lines;
  Judge judge_;
  std::unique_ptr<Lines> lines_;
};

}  // namespace tocsin::wire
