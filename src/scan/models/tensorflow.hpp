// What TensorFlow's operations do outside of the computation.
#pragma once

#include <string_view>

namespace tocsin::scan::models::tensorflow {

// "reads a file"; "" for operations that compute, and for those nobody knows.
std::string_view effect_of(std::string_view op);

}  // namespace tocsin::scan::models::tensorflow
