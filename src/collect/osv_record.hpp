// One advisory in the OSV schema (https://ossf.github.io/osv-schema/, read as of 1.7) to a record. docs/sources/osv.md
// says which field goes where.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "intel/record.hpp"
#include "versions/osv.hpp"

namespace tocsin::collect {

// `raw` are the bytes of this object, for the digest. Lenient: what is wrong in one field is told in extra.defects and
// the rest is kept. `malformed` only when it is no object or has no id that could be one.
Result<intel::Record> read_osv(const Json& advisory, std::string_view raw, std::uint32_t parser_version);

// An id that can stand in a URL and a file name: letters, digits and . _ : -, at most 128 bytes, first a letter or
// digit.
bool is_osv_id(std::string_view text);

// `affected` alone. What could not be read is put into `defects`, one line each.
std::vector<versions::AffectedPackage> read_affected(const Json& affected, std::vector<std::string>& defects);

}  // namespace tocsin::collect
