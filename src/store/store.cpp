#include "store/store.hpp"

#include "store/backends/sqlite.hpp"
#include "versions/osv.hpp"

namespace tocsin::store {

Result<std::unique_ptr<Store>> open(std::string_view url, const Options& options) {
  if (url.starts_with("postgresql:") || url.starts_with("postgres:"))
    return fail(Code::refused, "this build of tocsin has no PostgreSQL backend; leave store.url empty to use a file");
  if (url.starts_with("sqlite:")) url.remove_prefix(7);
  if (url.empty()) return fail(Code::refused, "the url of the store is empty");
  // "file:" names would be read as URIs with options of SQLite's own.
  if (url.starts_with("file:")) return fail(Code::refused, "a store is named by a path or by sqlite:PATH");
  return sqlite::open_store(std::string(url), options);
}

std::string package_of(std::string_view ecosystem, std::string_view name) {
  const auto colon = ecosystem.find(':');
  return std::string(ecosystem.substr(0, colon)) + "/" + versions::package_key(ecosystem, name);
}

}  // namespace tocsin::store
