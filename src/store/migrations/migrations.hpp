// The steps from one shape of the database to the next. Numbered from 1, forward only, never edited once released: a
// mistake is mended by the next number. Each runs in a transaction that appends its entry to the ledger.
#pragma once

#include <span>
#include <string_view>

namespace tocsin::store::migrations {

struct Migration {
  int number;
  std::string_view name;  // for the ledger: "first"
  const char* sqlite;     // statements for the SQLite backend
};

// In order of number, without gaps.
std::span<const Migration* const> all();
inline int latest() {
  return all().back()->number;
}

}  // namespace tocsin::store::migrations
