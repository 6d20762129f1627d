#include "base/thing.hpp"
int base_thing() {
  return 1;
}
