// What the store holds, as the JSON that programs read (names fixed in docs/json.md) and as the rows of registers.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "exchange/sheet.hpp"
#include "store/rows.hpp"
#include "store/store.hpp"

namespace tocsin::prove {

// id, uuid, title, kind, layers, sources, published, modified, severity, score, status, techniques, affects,
// assessments, set_aside, decision, references … The row should have been asked for with its item, assessments and
// decisions.
Json time_or_null(const std::optional<Time>& time);  // RFC 3339
Json item_view(const store::ItemRow& row);
// The decision that counts (ItemRow::decision); nullptr when there is none, or decisions were not asked for.
const store::DecisionRow* decision_that_counts(const store::ItemRow& row);
Json assessment_view(const judgement::Assessment& assessment);
Json decision_view(const store::DecisionRow& row);
Json action_view(const judgement::Action& action);
Json record_view(const store::RecordRow& row);
Json record_content(const intel::Record& record);  // what was understood of it
Json run_view(const store::Run& run);
Json reject_view(const store::Reject& reject);
Json folding_view(const store::Folding& folding);

// One sentence for a reason: both facts and what ties them.
std::string sentence(const judgement::Reason& reason);
// "none of our models takes images"
std::string sentence(const store::ClassVerdict& verdict);
// False where the verdict is that the estate does not say enough to tell.
bool is_answer(const store::ClassVerdict& verdict);

}  // namespace tocsin::prove
