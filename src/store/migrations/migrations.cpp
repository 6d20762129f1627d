#include "store/migrations/migrations.hpp"

namespace tocsin::store::migrations {

extern const Migration first;

std::span<const Migration* const> all() {
  static constexpr const Migration* kAll[] = {&first};
  return kAll;
}

}  // namespace tocsin::store::migrations
