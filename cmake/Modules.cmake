# The headers that nearly every source reads, compiled once: a third off every compilation. Where a target's flags
# differ (LibTorch's do), NO_PRECOMPILED leaves them out.
if(NOT EXISTS ${CMAKE_BINARY_DIR}/precompiled/empty.cpp)
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled/empty.cpp "")
endif()
add_library(radbatch_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled/empty.cpp)
target_link_libraries(radbatch_precompiled PUBLIC radbatch_compiler nlohmann_json::nlohmann_json fmt::fmt)
target_precompile_headers(radbatch_precompiled PRIVATE
  <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <span> <string> <string_view>
  <variant> <vector> <nlohmann/json.hpp>)
function(radbatch_use_precompiled target)
  target_precompile_headers(${target} REUSE_FROM radbatch_precompiled)
endfunction()

# radbatch_module(<name> [NO_PRECOMPILED] SOURCES ... [USES <modules>] [LINK <public libraries>] [PRIVATE <libraries>])
#
# One static library per folder of lib/radbatch. USES are the arrows of the design; a third-party library belongs
# under PRIVATE, so that its headers cannot leak into other modules.
function(radbatch_module name)
  cmake_parse_arguments(ARG "NO_PRECOMPILED" "" "SOURCES;USES;LINK;PRIVATE" ${ARGN})
  add_library(radbatch_${name} STATIC ${ARG_SOURCES})
  target_include_directories(radbatch_${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
  target_link_libraries(radbatch_${name} PUBLIC radbatch_compiler ${ARG_LINK})
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(radbatch_${name} PUBLIC radbatch_${used})
  endforeach()
  target_link_libraries(radbatch_${name} PRIVATE ${ARG_PRIVATE})
  if(NOT ARG_NO_PRECOMPILED)
    radbatch_use_precompiled(radbatch_${name})
  endif()
endfunction()

# radbatch_unit_test(<module> SOURCES ... [USES <modules>] [PRIVATE <libraries>]): one doctest program per module.
function(radbatch_unit_test name)
  cmake_parse_arguments(ARG "NO_PRECOMPILED" "" "SOURCES;USES;PRIVATE" ${ARGN})
  add_executable(unit-${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cpp)
  set_target_properties(unit-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(unit-${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_link_libraries(unit-${name} PRIVATE doctest::doctest radbatch_${name} ${ARG_PRIVATE})
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(unit-${name} PRIVATE radbatch_${used})
  endforeach()
  if(NOT ARG_NO_PRECOMPILED)
    radbatch_use_precompiled(unit-${name})
  endif()
  add_test(NAME unit-${name} COMMAND unit-${name})
endfunction()
