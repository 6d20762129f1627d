// Small words for sentences that people read: the plural of a class, an article, modalities as one says them. English
// only, and only for the titles that knowledge/*.yaml holds (docs/knowledge.md says how they are written).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin::assess {

// "large language model" -> "large language models"; what ends in an s is one already ("gradient boosted trees").
std::string plural(std::string_view title);
// "a vision network", "an object detector", "gradient boosted trees".
std::string with_article(std::string_view title);
// A modality as the object of a verb: "image" -> "images", "tabular" -> "tables".
std::string spoken_modality(std::string_view modality);
// "a", "a or b", "a, b or c".
std::string listed(std::span<const std::string> words, std::string_view last);
// `title ("evidence")`; the title alone when the text says the same or nothing.
std::string with_evidence(std::string_view title, std::string_view evidence);

}  // namespace tocsin::assess
