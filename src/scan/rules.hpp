// The rules of the scanners. Adding one: an entry here, a page in docs/rules/, a sample in tests/.
#pragma once

#include <span>
#include <string_view>

#include "scan/finding.hpp"

namespace tocsin::scan {

namespace rules {
// pickle
extern const Rule pickle_dangerous_call, pickle_dangerous_import, pickle_dotted_name, pickle_unknown_call,
    pickle_unknown_import, pickle_class, pickle_computed_name, pickle_computed_call, pickle_changed_import,
    pickle_unsafe_argument, pickle_extension, pickle_frame, pickle_broken, pickle_budget, pickle_persistent_id,
    pickle_special_attribute;
// containers
extern const Rule zip_disagreement, zip_flags, zip_damaged, archive_limit, archive_path, archive_odd, polyglot,
    trailing_data;
// the file as a whole
extern const Rule not_a_model, unsupported, not_read;
}  // namespace rules

std::span<const Rule* const> all_rules();  // by id
const Rule* find_rule(std::string_view id);

}  // namespace tocsin::scan
