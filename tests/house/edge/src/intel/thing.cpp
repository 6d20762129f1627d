#include "base/thing.hpp"
int intel_thing() {
  return base_thing();
}
