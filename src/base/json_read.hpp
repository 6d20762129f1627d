// Reading objects that we wrote ourselves: a member that is absent or null is fine, one of another type is damage.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace tocsin {

// `malformed`: "'key' should be a string but is a number".
Failure wrong_type(std::string_view key, std::string_view wanted, const Json& found);
// "a record should be an object but is a list"
Result<> check_object(const Json& body, std::string_view what);
// nullptr when absent or null; lives as long as `body`.
const Json* member_of(const Json& body, std::string_view key);
// `into` stays as it is when there is nothing to read; strings of a list are added to it.
Result<> read_member(const Json& body, std::string_view key, std::string& into);
Result<> read_member(const Json& body, std::string_view key, std::vector<std::string>& into);

}  // namespace tocsin
