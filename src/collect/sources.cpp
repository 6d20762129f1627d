#include "collect/sources.hpp"

namespace tocsin::collect {

const SourceKind* find_source(std::string_view id) {
  for (const SourceKind* kind : sources::all())
    if (kind->id == id) return kind;
  return nullptr;
}

}  // namespace tocsin::collect
