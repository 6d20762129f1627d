# Third-party libraries, in one place. What Debian ships as an archive is linked statically: with everything shared, a program needs 18 ms
# before `main`, most of it for libraries of libraries (libarchive brings libxml2, that brings 30 MB of ICU).
#
# tocsin_library(sqlite sqlite3 [dl pthread]) makes tocsin::lib::sqlite from libsqlite3.a and what that needs, or from the shared library where
# there is no archive. Headers come from the system's include folder.
function(tocsin_library name library)
  add_library(tocsin_lib_${name} INTERFACE)
  add_library(tocsin::lib::${name} ALIAS tocsin_lib_${name})
  foreach(part IN ITEMS ${library} ${ARGN})
    find_library(TOCSIN_LIBRARY_${part} NAMES lib${part}.a ${part} REQUIRED)
    target_link_libraries(tocsin_lib_${name} INTERFACE "${TOCSIN_LIBRARY_${part}}")
  endforeach()
endfunction()

tocsin_library(archive archive nettle lzma bz2 zstd lz4 z)
tocsin_library(bz2 bz2)
tocsin_library(crypto crypto)
tocsin_library(lz4 lz4)
tocsin_library(lzma lzma)
tocsin_library(pugixml pugixml)
tocsin_library(sqlite sqlite3)
tocsin_library(utf8proc utf8proc)
tocsin_library(xxhash xxhash)
tocsin_library(yaml yaml-cpp)
tocsin_library(z z)
tocsin_library(zstd zstd)
target_compile_definitions(tocsin_lib_utf8proc INTERFACE UTF8PROC_STATIC)
# simdjson comes as a shared library only: what is linked static (TOCSIN_STATIC) must do without parse_json.
tocsin_library(simdjson_shared simdjson)
add_library(tocsin_lib_simdjson INTERFACE)
add_library(tocsin::lib::simdjson ALIAS tocsin_lib_simdjson)
target_link_libraries(tocsin_lib_simdjson INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:TOCSIN_STATIC>>>:tocsin::lib::simdjson_shared>)
# fmt and toml++ come as shared libraries only. fmt is compiled by src/base/fmt.cpp; of toml++ the headers alone do, in the one file of a floor that reads TOML (base/toml.hpp).
add_library(tocsin_lib_toml INTERFACE)
add_library(tocsin::lib::toml ALIAS tocsin_lib_toml)
target_compile_definitions(tocsin_lib_toml INTERFACE TOML_HEADER_ONLY=1)
