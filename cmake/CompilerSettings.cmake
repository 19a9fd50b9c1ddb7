# Language level, warnings and sanitizers, carried by one interface target instead of global flags.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# -ffp-contract=off: a fused multiply-add changes last bits between machines, and results are compared by bytes.
add_library(radbatch_compiler INTERFACE)
# GCC 12 reports -Wrestrict and -Wmaybe-uninitialized inside std::string and std::variant where there is nothing
# (GCC bugs 105329 and 105562); a reader of the log must be able to trust a warning.
target_compile_options(radbatch_compiler INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -ffp-contract=off
                                                   -Wno-restrict -Wno-maybe-uninitialized
                                                   -Wno-missing-field-initializers)
if(RADBATCH_SANITIZE STREQUAL "address")
  target_compile_options(radbatch_compiler INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                                                     -fno-sanitize-recover=undefined)
  target_link_options(radbatch_compiler INTERFACE -fsanitize=address,undefined)
elseif(RADBATCH_SANITIZE STREQUAL "thread")
  target_compile_options(radbatch_compiler INTERFACE -fsanitize=thread)
  target_link_options(radbatch_compiler INTERFACE -fsanitize=thread)
endif()
if(RADBATCH_FUZZ)
  target_compile_options(radbatch_compiler INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer
                                                     -fno-sanitize-recover=undefined -Wno-unknown-warning-option)
  target_link_options(radbatch_compiler INTERFACE -fsanitize=address,undefined)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  # Without this sloppiness ccache never finds a hit for a source with a precompiled header.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
               ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
# -O2: the hot loops are written so that -O3 gains nothing measurable, and it compiles faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
