#include "estate/thing.hpp"

#include "base/thing.hpp"
int estate_thing() {
  return base_thing();
}
