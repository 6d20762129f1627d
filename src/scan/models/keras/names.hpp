// The names a Keras configuration may give: which belong to Keras, which run or read something when they are loaded.
//
// Taken from the public API of keras 3 (keras/api), tf_keras 2 and their serialisation (keras/src/saving/serialization_lib.py,
// keras/src/legacy/saving), and from the advisories named in docs/rules/keras-dangerous-name.md.
#pragma once

#include <cstdint>
#include <string_view>

#include "scan/models/names.hpp"

namespace tocsin::scan::models::keras {

enum class Standing : std::uint8_t {
  known,    // a class or function of Keras that computes
  kin,      // a class of a package of the Keras family, not on the list
  custom,   // the program that loads it must bring it along
  foreign,  // Keras imports a module to find it, and nobody knows what that is
  danger,   // runs code, or reads or writes files, when the configuration is loaded
};

// `function`: a function is looked up, not a class. `module` may be empty: the loader knows the names then.
Standing about_class(std::string_view module, std::string_view name);
Standing about_function(std::string_view module, std::string_view name);
// What the dangerous ones do, as the end of a sentence: "unpickles a PyTorch module"; "" when there is nothing to say.
std::string_view what_it_does(std::string_view name);

}  // namespace tocsin::scan::models::keras
