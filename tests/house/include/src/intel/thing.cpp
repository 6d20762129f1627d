#include "base/thing.hpp"
#include "estate/thing.hpp"
int intel_thing() {
  return estate_thing();
}
