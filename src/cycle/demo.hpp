// What ships inside the program: the example organisation (demo/organisation) and the facts it begins with
// (demo/feeds), in the sources' own formats and our own words.
#pragma once

#include <span>
#include <string_view>

namespace tocsin::cycle {

struct EmbeddedFile {
  std::string_view path;  // "feeds/atlas/ATLAS.yaml"
  std::string_view bytes;
};
std::span<const EmbeddedFile> demo_files();

}  // namespace tocsin::cycle
