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
extern const Rule zip_disagreement, zip_flags, zip_damaged, archive_limit, archive_path, archive_odd, archive_damaged,
    polyglot, trailing_data;
// arrays
extern const Rule npy_damaged;
// Keras and HDF5
extern const Rule keras_lambda, keras_dangerous_name, keras_foreign_name, keras_custom_object, keras_file, keras_broken,
    hdf5_external, hdf5_broken;
// graphs: TensorFlow, ONNX, TensorFlow Lite
extern const Rule tf_dangerous_op, tf_custom_op, tf_file, onnx_external_data, onnx_custom_op, graph_broken;
// programs and source beside or instead of a model
extern const Rule native_code, source_code;
// safetensors, GGUF and other formats of plain data
extern const Rule safetensors_header, safetensors_layout, gguf_broken, format_broken;
// chat templates
extern const Rule template_escape, template_computed, template_unknown, template_endless, template_broken;
// settings: JSON, YAML, XML
extern const Rule config_remote_code, config_object, config_unknown_object, config_endpoint, config_expands, skops_node,
    xml_external;
// the file as a whole
extern const Rule known_malicious, digest_mismatch, not_a_model, unsupported, not_read;
}  // namespace rules

std::span<const Rule* const> all_rules();  // by id
const Rule* find_rule(std::string_view id);

}  // namespace tocsin::scan
