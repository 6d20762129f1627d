// Families as floor `knowledge` knows them.
#pragma once

#include <string_view>

#include "knowledge/knowledge.hpp"
#include "survey/survey.hpp"

namespace tocsin::survey {

class KnownFamilies final : public Families {
 public:
  explicit KnownFamilies(knowledge::Knowledge knowledge) : knowledge_(std::move(knowledge)) {}
  Family by_spelling(std::string_view name) const override;
  Family by_type(std::string_view model_type) const override;
  Family by_class(std::string_view class_name) const override;

 private:
  Family family(const knowledge::Node* node) const;
  knowledge::Knowledge knowledge_;
};

}  // namespace tocsin::survey
