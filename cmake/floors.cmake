# The house: which floor may use which (section 2 of docs/architecture.md, this table is its other half). What a floor
# does use is the USES of its own CMakeLists.txt, often less.
#
# tocsin_floor(scan USES base intel SOURCES scan.cpp LIBRARIES OpenSSL::Crypto)
#   makes the library tocsin::scan. Each floor's headers are reachable only through its own include folder
#   (build/house/<floor>/<floor> is a link to src/<floor>, the same for every preset, so that ccache shares objects), and a
#   target sees just the folders of the floors it names: a forbidden #include does not compile, a forbidden USES does not
#   configure. COLD: nothing in it is worth -O2, which costs a third of its compilation. SHARED: its code goes into a
#   shared library as well (libtocsin-scan); what is hidden, as all is here, is no slower for it.

include("${CMAKE_CURRENT_LIST_DIR}/precompile.cmake")

option(TOCSIN_UNITY "compile five files of a floor as one: quicker from nothing, slower after a change" ON)

set(TOCSIN_HOUSE "${PROJECT_SOURCE_DIR}/build/house")
set(TOCSIN_FLOORS base versions intel estate judgement knowledge wire exchange scan store collect survey assess prove cycle serve cli)

set(TOCSIN_MAY_USE_base)
set(TOCSIN_MAY_USE_versions base)
set(TOCSIN_MAY_USE_intel base versions)
set(TOCSIN_MAY_USE_estate base versions)
set(TOCSIN_MAY_USE_judgement base intel estate)
set(TOCSIN_MAY_USE_knowledge base intel estate)
set(TOCSIN_MAY_USE_wire base)
set(TOCSIN_MAY_USE_exchange base versions intel estate judgement)
set(TOCSIN_MAY_USE_scan base knowledge)
set(TOCSIN_MAY_USE_store base versions intel estate judgement)
set(TOCSIN_MAY_USE_collect base versions intel knowledge wire exchange)
set(TOCSIN_MAY_USE_survey base versions estate knowledge exchange)
set(TOCSIN_MAY_USE_assess base versions intel estate judgement knowledge)
set(TOCSIN_MAY_USE_prove base versions intel estate judgement knowledge exchange store assess)
set(TOCSIN_MAY_USE_cycle base versions intel estate judgement knowledge wire exchange store collect survey assess)
set(TOCSIN_MAY_USE_cli base versions intel estate judgement knowledge wire exchange scan store collect survey assess prove cycle)

function(tocsin_floor_folder floor)
  set(folder "${TOCSIN_HOUSE}/${floor}")
  file(MAKE_DIRECTORY "${folder}")
  if(NOT EXISTS "${folder}/${floor}")
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/src/${floor}" "${folder}/${floor}" SYMBOLIC)
  endif()
endfunction()

# Gives `target` the include folders of the floors named, and links them. For tests, benchmarks and fuzzers as well.
function(tocsin_use target)
  foreach(used IN LISTS ARGN)
    tocsin_floor_folder(${used})
    target_include_directories(${target} PRIVATE "${TOCSIN_HOUSE}/${used}")
    target_link_libraries(${target} PRIVATE tocsin::${used})
  endforeach()
endfunction()

function(tocsin_floor floor)
  cmake_parse_arguments(arg "COLD;SHARED" "" "USES;SOURCES;LIBRARIES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tocsin_floor(${floor}): do not know what to do with '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT floor IN_LIST TOCSIN_FLOORS)
    message(FATAL_ERROR "tocsin_floor(${floor}): no such floor; the house is in cmake/floors.cmake")
  endif()
  foreach(used IN LISTS arg_USES)
    if(NOT used IN_LIST TOCSIN_MAY_USE_${floor})
      message(FATAL_ERROR "floor '${floor}' must not use '${used}': it may use '${TOCSIN_MAY_USE_${floor}}' (cmake/floors.cmake)")
    endif()
  endforeach()
  add_library(tocsin_${floor} STATIC ${arg_SOURCES})
  add_library(tocsin::${floor} ALIAS tocsin_${floor})
  if(arg_COLD)
    target_compile_options(tocsin_${floor} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(arg_SHARED)
    set_target_properties(tocsin_${floor} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    tocsin_precompile(tocsin_${floor} pic)
  else()
    tocsin_precompile(tocsin_${floor})
  endif()
  # Five files are compiled as one: what they share, the precompiled header and the templates that they instantiate, is
  # read and made once. Plug-ins stay single: each has the same few names (cmake/kinds.cmake).
  set_target_properties(tocsin_${floor} PROPERTIES UNITY_BUILD ${TOCSIN_UNITY} UNITY_BUILD_BATCH_SIZE 5)
  tocsin_floor_folder(${floor})
  target_include_directories(tocsin_${floor} PRIVATE "${TOCSIN_HOUSE}/${floor}")
  foreach(used IN LISTS arg_USES)
    tocsin_floor_folder(${used})
    target_include_directories(tocsin_${floor} PRIVATE "${TOCSIN_HOUSE}/${used}")
    target_link_libraries(tocsin_${floor} PUBLIC tocsin::${used})
  endforeach()
  target_link_libraries(tocsin_${floor} PRIVATE ${arg_LIBRARIES})
endfunction()
