# Language level, warnings, linker and compiler cache: what every target gets.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(TOCSIN_CCACHE ccache)
if(TOCSIN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PROJECT_SOURCE_DIR}/cmake/launch-compiler" "${TOCSIN_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${TOCSIN_CCACHE}")
endif()
find_program(TOCSIN_MOLD mold)
if(TOCSIN_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -fno-strict-overflow)
# GCC 12 sees these in std::variant and std::string that it has inlined; the sanitizer build looks for the real ones.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
add_compile_options(-fstack-protector-strong)
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
# Paths of the building machine do not belong into the program.
add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(TOCSIN_STRICT)
  add_compile_options(-Werror)
endif()

# asan, fuzz: one instrumented build serves the sanitizer tests and the fuzzers (-fsanitize=fuzzer-no-link).
set(TOCSIN_SANITIZE "" CACHE STRING "sanitizers for every target, for example address,undefined")
if(TOCSIN_SANITIZE)
  add_compile_options(-fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TOCSIN_SANITIZE})
endif()
