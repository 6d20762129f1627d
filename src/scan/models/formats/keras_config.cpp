// The configuration of a Keras model as JSON: config.json in a .keras archive, the text of model.to_json(), what stands in
// keras_metadata. Known by what it says, wherever it stands.
#include "scan/models/formats.hpp"
#include "scan/models/keras/config.hpp"

namespace tocsin::scan::models::formats {
namespace {

Fit fits(const Part& part) {
  return part.size() > 2 && keras::may_be_config(part.text()) ? Fit::maybe : Fit::no;
}

bool scan_keras_config(Scan& scan, const Part& part) {
  return keras::check_text(scan, part, part.text(), keras::Expect::anything);
}

}  // namespace

extern const Format keras_config;
const Format keras_config{"keras-config", "Keras configuration", fits, scan_keras_config};

}  // namespace tocsin::scan::models::formats
