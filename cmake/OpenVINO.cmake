# OpenVINO, as the imported target `openvino`, for the openvino module alone. It is optional: without it a model's
# OpenVINO backend is passed over.
#
# The wheel's OpenVINOConfig.cmake is not used, since it wants the plugins and readers that are not unpacked.
# OPENVINO_ROOT may name any OpenVINO with include/ and libs/; the default is where cmake/install-dependencies.sh
# unpacks it.
set(RADBATCH_OPENVINO AUTO CACHE STRING "Build the worker that runs OpenVINO models: AUTO (where OpenVINO is found), ON or OFF")
set_property(CACHE RADBATCH_OPENVINO PROPERTY STRINGS AUTO ON OFF)
set(OPENVINO_ROOT "" CACHE PATH "OpenVINO: a folder with include/ and libs/; empty for the one that cmake/install-dependencies.sh unpacked")

function(radbatch_openvino_candidates out)
  if(OPENVINO_ROOT)
    set(candidates "${OPENVINO_ROOT}")
  elseif(DEFINED ENV{OPENVINO_ROOT})
    set(candidates "$ENV{OPENVINO_ROOT}")
  else()
    set(home_cache "$ENV{XDG_CACHE_HOME}")
    if(NOT home_cache)
      set(home_cache "$ENV{HOME}/.cache")
    endif()
    foreach(cache IN ITEMS "$ENV{RADBATCH_CACHE}" "${home_cache}/radbatch" "${CMAKE_SOURCE_DIR}/.cache/radbatch")
      list(APPEND candidates "${cache}/openvino-2026.4.1/openvino")
    endforeach()
  endif()
  set(${out} "${candidates}" PARENT_SCOPE)
endfunction()

# The libraries carry their version in their names: libopenvino.so.2641.
function(radbatch_openvino_library root out)
  file(GLOB libraries "${root}/libs/libopenvino.so*")
  if(libraries)
    list(GET libraries 0 library)
  endif()
  set(${out} "${library}" PARENT_SCOPE)
endfunction()

function(radbatch_find_openvino out)
  radbatch_openvino_candidates(candidates)
  foreach(candidate IN LISTS candidates)
    radbatch_openvino_library("${candidate}" library)
    if(library AND EXISTS "${candidate}/include/openvino/openvino.hpp"
       AND EXISTS "${candidate}/libs/libopenvino_intel_cpu_plugin.so")
      set(${out} "${candidate}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
  list(JOIN candidates ", " looked_in)
  set(hint "run `bash cmake/install-dependencies.sh`, or name one with -DOPENVINO_ROOT=DIR")
  if(RADBATCH_OPENVINO STREQUAL "AUTO" AND NOT OPENVINO_ROOT)
    message(STATUS "OpenVINO: not found, its worker is not built (looked in ${looked_in}; ${hint})")
  else()
    message(FATAL_ERROR "OpenVINO is not there: looked for include/openvino/openvino.hpp, libs/libopenvino.so.* and "
      "libs/libopenvino_intel_cpu_plugin.so in ${looked_in}\n${hint}, or build without it: -DRADBATCH_OPENVINO=OFF")
  endif()
endfunction()

function(radbatch_openvino_version root out)
  file(STRINGS "${root}/include/openvino/core/version.hpp" lines
       REGEX "define OPENVINO_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
  list(JOIN numbers "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

if(NOT RADBATCH_OPENVINO MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "RADBATCH_OPENVINO is ${RADBATCH_OPENVINO}: one of AUTO, ON, OFF")
endif()
set(RADBATCH_OPENVINO_ROOT "")
if(RADBATCH_OPENVINO STREQUAL "OFF")
  message(STATUS "OpenVINO: switched off by RADBATCH_OPENVINO, its worker is not built")
  return()
endif()
radbatch_find_openvino(RADBATCH_OPENVINO_ROOT)
if(NOT RADBATCH_OPENVINO_ROOT)
  return()
endif()
radbatch_openvino_version("${RADBATCH_OPENVINO_ROOT}" RADBATCH_OPENVINO_VERSION)
message(STATUS "OpenVINO ${RADBATCH_OPENVINO_VERSION}: ${RADBATCH_OPENVINO_ROOT}")

set(RADBATCH_OPENVINO_INSTALL_DIR lib/radbatch/openvino/libs)
radbatch_openvino_library("${RADBATCH_OPENVINO_ROOT}" openvino_library)
cmake_path(GET openvino_library FILENAME openvino_soname)
add_library(openvino_runtime SHARED IMPORTED GLOBAL)
set_target_properties(openvino_runtime PROPERTIES IMPORTED_LOCATION "${openvino_library}"
                                                  IMPORTED_SONAME "${openvino_soname}")
add_library(openvino INTERFACE)
target_include_directories(openvino SYSTEM INTERFACE ${RADBATCH_OPENVINO_ROOT}/include)
target_link_libraries(openvino INTERFACE openvino_runtime)
# RPATH, which goes before LD_LIBRARY_PATH, where a cluster's module may have put another OpenVINO. What it links
# itself (TBB) lies beside it and is found by its own RPATH: no business of our link.
target_link_options(openvino INTERFACE LINKER:--disable-new-dtags LINKER:--allow-shlib-undefined)
