#include "base/json_read.hpp"

namespace tocsin {

Failure wrong_type(std::string_view key, std::string_view wanted, const Json& found) {
  return fail(Code::malformed, "'" + std::string(key) + "' should be " + std::string(wanted) + " but is " +
                                   std::string(found.type_name()));
}

Result<> check_object(const Json& body, std::string_view what) {
  if (body.is_object()) return {};
  return fail(Code::malformed, std::string(what) + " should be an object but is " + std::string(body.type_name()));
}

const Json* member_of(const Json& body, std::string_view key) {
  const Json* found = body.find(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<> read_member(const Json& body, std::string_view key, std::string& into) {
  const Json* found = member_of(body, key);
  if (found == nullptr) return {};
  if (!found->is_string()) return wrong_type(key, "a string", *found);
  into = std::string(found->as_string());
  return {};
}

Result<> read_member(const Json& body, std::string_view key, std::vector<std::string>& into) {
  const Json* found = member_of(body, key);
  if (found == nullptr) return {};
  if (!found->is_array()) return wrong_type(key, "an array of strings", *found);
  for (const Json& element : found->as_array()) {
    if (!element.is_string()) return wrong_type(key, "an array of strings, one element of which", element);
    into.emplace_back(element.as_string());
  }
  return {};
}

}  // namespace tocsin
