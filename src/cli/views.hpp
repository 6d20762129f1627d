// How items, runs and decisions look on a terminal.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cycle/collect.hpp"
#include "cycle/workspace.hpp"
#include "store/rows.hpp"

namespace tocsin::cli {

// A list of items: id, what, severity, score, status, decision. For items, search, radar --format json.
// The table shows the score and status of the filter's asset, where the rows have its assessments; else the worst of all.
List item_list(const Context& context, const std::vector<store::ItemRow>& rows, const store::ItemFilter& filter = {});
// Everything about one item, with its reasons, in reading order.
void print_item(Context& context, const store::ItemRow& row, const std::vector<store::RecordRow>& records,
                const std::vector<judgement::Action>& actions);
// The table of new / changed / rejected at the end of collect and import, and what was noted. Exit code: 3 when a
// source failed.
Exit print_reports(Context& context, const std::vector<cycle::CollectReport>& reports);

// `--layer tactical --source osv …` as a filter; the error names the option.
Result<store::ItemFilter> item_filter(const Context& context);
// `unavailable` when the filter names an asset or a source that there is not: a list without rows would look like an
// all-clear. The error names what may have been meant.
// Completes a filter by asset with what is known of the asset.
Result<> check_names(store::ItemFilter& filter, cycle::Workspace& workspace, store::Reader& reader);
inline constexpr std::array kItemFilterOptions = {
    Option{"--kind", "KIND", "technique, vulnerability, research, incident …"},
    Option{"--layer", "LAYER", "of this layer", false, false, "strategic|tactical|operational"},
    Option{"--source", "SOURCE", "said by this source"},
    Option{"--since", "DATE", "modified (or else published) since: 2026-01-01, or 30d for the last thirty days"},
    Option{"--asset", "ASSET", "assessed for this asset"},
    Option{"--assessment", "STATUS",
           "with this status for one asset at least (not_affected, cannot_tell: for the item as a whole; with --asset: "
           "for that one)",
           false, false, "affected|under_investigation|fixed|not_affected|cannot_tell"},
    Option{"--decision", "STATE",
           "none, open (waits for a decision), reopened, expired, or a verdict in force: act, watch, inform, "
           "not_relevant, duplicate, defer"},
};

// Two option tables as one.
template <std::size_t N, std::size_t M>
constexpr std::array<Option, N + M> joined(const std::array<Option, N>& a, const std::array<Option, M>& b) {
  std::array<Option, N + M> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = a[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = b[i];
  return all;
}

// The one item that a name stands for. `unavailable` when there is none; `refused`, with the candidates, where it is
// ambiguous.
Result<store::ItemRow> one_item(store::Reader& reader, const std::string& name);
// Says that error; its exit code.
Exit no_item(Context& context, const Error& error);

// `item merge` and `item split`: the two ids of the arguments are one thing, or are not.
Exit say_bond(Context& context, bool join);

// "affected", painted.
std::string status_word(const Context& context, judgement::Status status);

}  // namespace tocsin::cli
