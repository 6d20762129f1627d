# Plug-ins: one file defines one constant table, one word lists it; this writes the list. Nothing registers itself.
#
# tocsin_kinds(collect SourceKind sources atlas feed osv)
#   adds src/collect/sources/{atlas,feed,osv}.cpp to the floor, and defines
#     namespace tocsin::collect::sources { std::span<const SourceKind* const> all(); }
#   over the constants `tocsin::collect::sources::atlas` ... in the order of the words. `SourceKind` and `all()` are
#   declared in src/collect/sources.hpp (a folder deeper down, "models/formats", is models::formats). A word names its file and its constant, each '-' as '_' ("source-list":
#   source_list.cpp, source_list): it must make a C++ name that is no keyword and means nothing else there ("import_files").
function(tocsin_kinds floor type folder)
  set(names ${ARGN})
  string(REPLACE "/" "::" namespace "${folder}")
  set(out "${PROJECT_BINARY_DIR}/generated/${floor}/${folder}.kinds.cpp")
  set(text "// Written by cmake/kinds.cmake from src/${floor}/CMakeLists.txt.\n#include \"${floor}/${folder}.hpp\"\n\nnamespace tocsin::${floor}::${namespace} {\n")
  foreach(name IN LISTS names)
    string(REPLACE "-" "_" word "${name}")
    string(APPEND text "extern const ${type} ${word};\n")
  endforeach()
  string(APPEND text "\nstd::span<const ${type}* const> all() {\n  static constexpr const ${type}* table[] = {")
  foreach(name IN LISTS names)
    string(REPLACE "-" "_" word "${name}")
    string(APPEND text "&${word}, ")
    target_sources(tocsin_${floor} PRIVATE "${PROJECT_SOURCE_DIR}/src/${floor}/${folder}/${word}.cpp")
    set_source_files_properties("${PROJECT_SOURCE_DIR}/src/${floor}/${folder}/${word}.cpp" TARGET_DIRECTORY tocsin_${floor} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endforeach()
  string(APPEND text "};\n  return table;\n}\n}  // namespace tocsin::${floor}::${namespace}\n")
  file(CONFIGURE OUTPUT "${out}" CONTENT "${text}" @ONLY)
  target_sources(tocsin_${floor} PRIVATE "${out}")
endfunction()
