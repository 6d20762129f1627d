# One precompiled header for the floors, one for the tests: parsing the standard library is a third of the time of a file.
#
# tocsin_precompile(target)       gives it cmake/precompile.hpp
# tocsin_precompile(target test)  and gtest
# tocsin_precompile(target pic)   the first one for code of a shared library: how code is addressed must be the same in both
option(TOCSIN_PRECOMPILE "precompile the headers that nearly every file needs" ON)

set(TOCSIN_PRECOMPILED_HEADER "${CMAKE_CURRENT_LIST_DIR}/precompile.hpp")

function(tocsin_precompile target)
  if(NOT TOCSIN_PRECOMPILE)
    return()
  endif()
  set(owner tocsin_precompiled)
  set(headers "${TOCSIN_PRECOMPILED_HEADER}")
  if("${ARGN}" STREQUAL "test")
    set(owner tocsin_precompiled_test)
    list(APPEND headers <gtest/gtest.h>)
  elseif("${ARGN}" STREQUAL "pic")
    set(owner tocsin_precompiled_pic)
  endif()
  if(NOT TARGET ${owner})
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/${owner}.cpp" CONTENT "")
    add_library(${owner} STATIC "${PROJECT_BINARY_DIR}/generated/${owner}.cpp")
    target_precompile_headers(${owner} PRIVATE ${headers})
    if("${ARGN}" STREQUAL "pic")
      set_target_properties(${owner} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
    if("${ARGN}" STREQUAL "test")
      target_link_libraries(${owner} PRIVATE GTest::gtest)  # its macros must be those of the tests
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
