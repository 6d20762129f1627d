// How assets look on a terminal.
#pragma once

#include <string>
#include <string_view>

#include "cli/output.hpp"
#include "estate/estate.hpp"
#include "knowledge/knowledge.hpp"

namespace tocsin::cli {

std::string asset_line(const estate::Asset& asset);     // "llama-3, adapter, safetensors", "requirements.txt, 14 pins"
std::string exposure_line(const estate::Asset& asset);  // "public-api, calls-tools"
// Problems of estate.yaml and the files it names, on stderr: the rest holds. Exit::done when there are none,
// Exit::incomplete otherwise.
Exit print_problems(Context& context, const estate::Estate& estate);
// What an unknown `family` or `architecture` may have meant: "; did you mean llama-3?"; "" when nothing is near. Printable.
std::string meant_kind(const knowledge::Knowledge& knowledge, std::string_view key, std::string_view written);

}  // namespace tocsin::cli
