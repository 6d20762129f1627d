// Core ML (mlmodel/format/Model.proto): a version, a description, and one of many kinds of model. Layers and models may be
// custom: classes that the application brings along, chosen by name.
#include "base/foreign.hpp"
#include "scan/models/formats.hpp"
#include "scan/models/protobuf.hpp"
#include "scan/rules.hpp"

namespace tocsin::scan::models::formats {
namespace {

using protobuf::Field;
using protobuf::Fields;

Fit fits(const Part& part) {
  if (part.size() < 16 || part[0] != 0x08 || part[1] == 0 || part[1] > 40 || part[2] != 0x12) return Fit::no;
  Fields fields(part.bytes);
  Field field;
  bool kind = false;
  while (fields.next(field)) {
    const bool known = field.number <= 2 || field.number == 10 || (field.number >= 200 && field.number <= 3001);
    if (!known) return Fit::no;
    kind = kind || field.number >= 200;
  }
  return kind ? Fit::maybe : Fit::no;
}

bool scan_coreml(Scan& scan, const Part& part) {
  Fields fields(part.bytes);
  Field field;
  while (fields.next(field)) {
    if (field.message(555))
      scan.find(rules::tf_custom_op, "the whole model is a class of the application", {part.member, field.at, {}});
    if (field.message(556)) {  // LinkedModel: a file of another model, by name and search path
      const auto text = field.text();
      const bool out = text.find("..") != std::string_view::npos || text.find("://") != std::string_view::npos;
      scan.find(rules::tf_file, out ? Severity::malicious : Severity::info,
                "it is a link to the model " + printable(text, 200), {part.member, field.at, {}});
    }
    if (!field.message(500) && !field.message(303) && !field.message(403)) continue;
    Fields layers(field.bytes);
    Field layer;
    while (layers.next(layer)) {
      if (!layer.message(1)) continue;
      Fields facts(layer.bytes);
      Field fact;
      while (facts.next(fact))
        if (fact.message(500))
          scan.find(rules::tf_custom_op, "a layer is a class of the application", {part.member, {}, {}});
    }
  }
  if (fields.bad()) {
    scan.find(rules::graph_broken, "a part of the model cannot be read", {part.member, {}, {}});
    scan.not_read(part, 0, part.size(), "what stands behind a damaged place");
  }
  return true;
}

}  // namespace

extern const Format coreml;
const Format coreml{"coreml", "Core ML model", fits, scan_coreml};

}  // namespace tocsin::scan::models::formats
