#include "survey/families.hpp"

namespace tocsin::survey {

Family KnownFamilies::family(const knowledge::Node* node) const {
  Family out;
  if (node == nullptr) return out;
  if (node->kind == knowledge::NodeKind::family) out.family = node->id;
  if (const knowledge::Node* architecture = knowledge_.architecture_of(*node)) out.architecture = architecture->id;
  out.input.assign(node->input.begin(), node->input.end());
  out.output.assign(node->output.begin(), node->output.end());
  return out;
}

Family KnownFamilies::by_spelling(std::string_view name) const {
  return family(knowledge_.by_spelling(name));
}
Family KnownFamilies::by_type(std::string_view model_type) const {
  return family(knowledge_.by_model_type(model_type));
}
Family KnownFamilies::by_class(std::string_view class_name) const {
  return family(knowledge_.by_class_name(class_name));
}

}  // namespace tocsin::survey
