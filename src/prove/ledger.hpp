// Entries of the ledger by the names that people know: an entry's subject is a source, or the uuid of an item or bond.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// What is about `name`: a subject as it stands, an item by any of its ids (with what it was called before a merge and
// the bonds of its ids), an asset. `unavailable` when no entry is.
Result<store::LedgerFilter> ledger_about(store::Reader& reader, std::string_view name);

// At most `limit` of the entries that match, oldest first: from entry `from` on, else the last ones.
Result<std::vector<store::LedgerEntry>> ledger_entries(store::Reader& reader, const store::LedgerFilter& filter,
                                                       std::optional<std::uint64_t> from, std::size_t limit);

// The subject as people call it: the best id of an item, else as it stands.
Result<std::string> subject_name(store::Reader& reader, const store::LedgerEntry& entry);

// What an entry says in a few words: "support-bot: affected", "act", "complete, 12 new"; "" for kinds that need none.
std::string entry_words(const store::LedgerEntry& entry);

}  // namespace tocsin::prove
